/** Keyed hashes, as streams and profiles are named by them, to and from their bytes. */
import { Buffer } from "node:buffer";

export const HASH_BYTES = 16;
/** Of base64url. */
const HASH_CHARS = 22;

/** @returns null for a text that no 16 bytes give */
export function hashToBytes(text: string): Uint8Array | null {
	if (text.length !== HASH_CHARS) return null;
	const bytes = Buffer.from(text, "base64url");
	return bytes.length === HASH_BYTES && bytes.toString("base64url") === text ? new Uint8Array(bytes) : null;
}

export function hashFromBytes(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
