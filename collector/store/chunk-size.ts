/**
 * How much memory zlib is to take at once for a text of known size. It makes a buffer for each call, by itself of 16 kB: for
 * texts of some hundred bytes, which most of ours are, that costs more than packing or unpacking them.
 */

/** zlib's own least. */
const BYTES_MIN = 64;
/** zlib's own choice: what is larger comes in several parts, as ever. */
const BYTES_MAX = 16 * 1024;
/** What becomes smaller by more than this takes a second part. */
const SHRINKS_BY = 8;

/** @param bytes to be deflated */
export function deflateChunk(bytes: number): number {
	return Math.min(bytes + BYTES_MIN, BYTES_MAX);
}

/** @param bytes to be inflated */
export function inflateChunk(bytes: number): number {
	return Math.min(SHRINKS_BY * bytes + BYTES_MIN, BYTES_MAX);
}
