/**
 * Sealing: what lies on disk about a person is enciphered under a key that is destroyed with the person.
 * SQLite leaves old content in free pages and this runtime refuses both `VACUUM` and `secure_delete`, so
 * that a deleted row can be read for long; without its key it is noise.
 *
 * It guards against nobody who holds the database, since the keys lie in it (key-slots.ts). So there is no
 * authentication either: ChaCha20 alone costs a tenth of AES-GCM through `node:crypto`, which takes 17 µs
 * of CPU however short the text is.
 */
import { chacha20 } from "./chacha20.ts";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** Drawn at once: a call into the platform costs more than the bytes. A multiple of {@link NONCE_BYTES}. */
const POOL_BYTES = 341 * NONCE_BYTES;

const pool = new Uint8Array(POOL_BYTES);
let poolUsed = POOL_BYTES;

/** Where a second part begins in the stream of key and nonce: the first never comes so far. */
const SECOND_BLOCK = 2 ** 31;

function drawNonce(): Uint8Array {
	if (poolUsed === POOL_BYTES) {
		crypto.getRandomValues(pool);
		poolUsed = 0;
	}
	poolUsed += NONCE_BYTES;
	return pool.subarray(poolUsed - NONCE_BYTES, poolUsed);
}

/** @returns a random nonce and the content under it; `bytes` stays as it is */
export function seal(key: Uint8Array, bytes: Uint8Array): Uint8Array {
	const nonce = drawNonce();
	const sealed = new Uint8Array(NONCE_BYTES + bytes.byteLength);
	sealed.set(nonce);
	chacha20(key, nonce, bytes, sealed.subarray(NONCE_BYTES));
	return sealed;
}

/** Two parts under one nonce, each to be opened without the other. @returns of the first what {@link seal} gives; the second needs that to be opened */
export function sealPair(
	key: Uint8Array,
	first: Uint8Array,
	second: Uint8Array,
): [first: Uint8Array, second: Uint8Array] {
	const sealed = seal(key, first);
	const behind = new Uint8Array(second.byteLength);
	chacha20(key, sealed, second, behind, SECOND_BLOCK);
	return [sealed, behind];
}

/** What was sealed under `key`; noise where it was another. `sealed` stays as it is. */
export function open(key: Uint8Array, sealed: Uint8Array | ArrayBuffer): Uint8Array {
	const bytes = sealed instanceof Uint8Array ? sealed : new Uint8Array(sealed);
	const opened = new Uint8Array(bytes.byteLength - NONCE_BYTES);
	chacha20(key, bytes, bytes.subarray(NONCE_BYTES), opened);
	return opened;
}

/** The same where it lies, so that a scan need not ask for memory for each piece: `sealed` is lost. */
export function openInPlace(key: Uint8Array, sealed: Uint8Array): Uint8Array {
	const opened = sealed.subarray(NONCE_BYTES);
	chacha20(key, sealed, opened, opened);
	return opened;
}

/** The second of a pair, where it lies. @param first as it was sealed, or opened in place since */
export function openSecondInPlace(key: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array {
	chacha20(key, first, second, second, SECOND_BLOCK);
	return second;
}
