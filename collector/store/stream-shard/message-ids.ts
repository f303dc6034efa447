/**
 * The messageIds that a stream has folded, as hashes of 40 bits, 5 bytes each: 100,000 of them share a
 * hash with a new one once in ten million. A collision costs a re-reading of the stream and never a wrong answer.
 */
import { hash53 } from "../sharding.ts";

const HASH_BYTES = 5;
const HASHES = 2 ** (8 * HASH_BYTES);
const LOW = 2 ** 32;

/** A safe integer below 2^40. */
export function hashId(messageId: string): number {
	return hash53(messageId) % HASHES;
}

/** Big-endian, in the order given. */
export function packHashes(hashes: readonly number[]): Uint8Array {
	const bytes = new Uint8Array(hashes.length * HASH_BYTES);
	const view = new DataView(bytes.buffer);
	for (const [index, hash] of hashes.entries()) {
		view.setUint8(index * HASH_BYTES, Math.floor(hash / LOW));
		view.setUint32(index * HASH_BYTES + 1, hash % LOW);
	}
	return bytes;
}

export function unpackHashes(bytes: Uint8Array): number[] {
	return Array.from({ length: countHashes(bytes) }, (_, index) => hashAt(bytes, index));
}

export function countHashes(bytes: Uint8Array): number {
	return bytes.byteLength / HASH_BYTES;
}

/** @param bytes ascending */
export function hasHash(bytes: Uint8Array, hash: number): boolean {
	let low = 0;
	let high = countHashes(bytes);
	while (low < high) {
		const middle = (low + high) >> 1;
		if (hashAt(bytes, middle) < hash) low = middle + 1;
		else high = middle;
	}
	return low < countHashes(bytes) && hashAt(bytes, low) === hash;
}

function hashAt(bytes: Uint8Array, index: number): number {
	const view = new DataView(bytes.buffer, bytes.byteOffset + index * HASH_BYTES, HASH_BYTES);
	return view.getUint8(0) * LOW + view.getUint32(1);
}
