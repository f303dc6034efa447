/**
 * ChaCha20 as RFC 8439 has it. Most of what is sealed is a visit's columns, some hundred bytes: there
 * the library that came before this spent four fifths of its time on copies of the key and fresh arrays, and with
 * that a third of an analysis. test/pure/sealing.test.ts holds this to the RFC's vectors and to that library.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8439#section-2.4
 */

const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const KEY_WORDS = 8;
const NONCE_WORDS = 3;
const DOUBLE_ROUNDS = 10;
const WORD_BYTES = 4;
/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
/** Places in the state. */
const [KEY, COUNTER, NONCE] = [4, 12, 13];
/** From here on two views cost less than single bytes. */
const WORDWISE_BYTES_MIN = 4 * BLOCK_BYTES;
/** The views below take words as the machine has them; the RFC's are little-endian. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const state = new Int32Array(BLOCK_WORDS);
state.set(SIGMA);
const words = new Int32Array(BLOCK_WORDS);
const bytes = new Uint8Array(words.buffer);

/**
 * @param key   32 bytes
 * @param nonce its first 12 bytes, never the same twice under one key
 * @param out   as long as `data`; may be `data` itself
 * @param block of the key stream to begin with
 */
export function chacha20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, out: Uint8Array, block = 0): void {
	for (let i = 0; i < KEY_WORDS; i++) state[KEY + i] = readWord(key, i * WORD_BYTES);
	for (let i = 0; i < NONCE_WORDS; i++) state[NONCE + i] = readWord(nonce, i * WORD_BYTES);
	state[COUNTER] = block;
	const length = data.length;
	let at = xorWords(data, out);
	for (; at < length; at += BLOCK_BYTES) {
		nextBlock();
		const end = Math.min(BLOCK_BYTES, length - at);
		for (let i = 0; i < end; i++) out[at + i] = (data[at + i] as number) ^ (bytes[i] as number);
	}
}

/** Whole blocks, a word at a time. @returns bytes done; 0 where they are too few or lie badly */
function xorWords(data: Uint8Array, out: Uint8Array): number {
	const isAligned = data.byteOffset % WORD_BYTES === 0 && out.byteOffset % WORD_BYTES === 0;
	if (data.length < WORDWISE_BYTES_MIN || !isAligned || !IS_LITTLE_ENDIAN) return 0;
	const blocks = Math.floor(data.length / BLOCK_BYTES);
	const from = new Int32Array(data.buffer, data.byteOffset, blocks * BLOCK_WORDS);
	const to = new Int32Array(out.buffer, out.byteOffset, blocks * BLOCK_WORDS);
	for (let at = 0; at < from.length; at += BLOCK_WORDS) {
		nextBlock();
		for (let i = 0; i < BLOCK_WORDS; i++) to[at + i] = (from[at + i] as number) ^ (words[i] as number);
	}
	return blocks * BLOCK_BYTES;
}

function readWord(from: Uint8Array, at: number): number {
	const a = from[at] as number;
	const b = from[at + 1] as number;
	const c = from[at + 2] as number;
	const d = from[at + 3] as number;
	return a | (b << 8) | (c << 16) | (d << 24);
}

function rotate(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}

/** Fills `words` with the next block of the key stream. Unrolled: in variables it is four times as fast as in the array. */
function nextBlock(): void {
	// One by one: a pattern of lists would go through an iterator, and that for every block.
	let x0 = state[0] as number;
	let x1 = state[1] as number;
	let x2 = state[2] as number;
	let x3 = state[3] as number;
	let x4 = state[4] as number;
	let x5 = state[5] as number;
	let x6 = state[6] as number;
	let x7 = state[7] as number;
	let x8 = state[8] as number;
	let x9 = state[9] as number;
	let x10 = state[10] as number;
	let x11 = state[11] as number;
	let x12 = state[12] as number;
	let x13 = state[13] as number;
	let x14 = state[14] as number;
	let x15 = state[15] as number;
	for (let round = 0; round < DOUBLE_ROUNDS; round++) {
		// Columns.
		x0 = (x0 + x4) | 0;
		x12 = rotate(x12 ^ x0, 16);
		x8 = (x8 + x12) | 0;
		x4 = rotate(x4 ^ x8, 12);
		x0 = (x0 + x4) | 0;
		x12 = rotate(x12 ^ x0, 8);
		x8 = (x8 + x12) | 0;
		x4 = rotate(x4 ^ x8, 7);
		x1 = (x1 + x5) | 0;
		x13 = rotate(x13 ^ x1, 16);
		x9 = (x9 + x13) | 0;
		x5 = rotate(x5 ^ x9, 12);
		x1 = (x1 + x5) | 0;
		x13 = rotate(x13 ^ x1, 8);
		x9 = (x9 + x13) | 0;
		x5 = rotate(x5 ^ x9, 7);
		x2 = (x2 + x6) | 0;
		x14 = rotate(x14 ^ x2, 16);
		x10 = (x10 + x14) | 0;
		x6 = rotate(x6 ^ x10, 12);
		x2 = (x2 + x6) | 0;
		x14 = rotate(x14 ^ x2, 8);
		x10 = (x10 + x14) | 0;
		x6 = rotate(x6 ^ x10, 7);
		x3 = (x3 + x7) | 0;
		x15 = rotate(x15 ^ x3, 16);
		x11 = (x11 + x15) | 0;
		x7 = rotate(x7 ^ x11, 12);
		x3 = (x3 + x7) | 0;
		x15 = rotate(x15 ^ x3, 8);
		x11 = (x11 + x15) | 0;
		x7 = rotate(x7 ^ x11, 7);
		// Diagonals.
		x0 = (x0 + x5) | 0;
		x15 = rotate(x15 ^ x0, 16);
		x10 = (x10 + x15) | 0;
		x5 = rotate(x5 ^ x10, 12);
		x0 = (x0 + x5) | 0;
		x15 = rotate(x15 ^ x0, 8);
		x10 = (x10 + x15) | 0;
		x5 = rotate(x5 ^ x10, 7);
		x1 = (x1 + x6) | 0;
		x12 = rotate(x12 ^ x1, 16);
		x11 = (x11 + x12) | 0;
		x6 = rotate(x6 ^ x11, 12);
		x1 = (x1 + x6) | 0;
		x12 = rotate(x12 ^ x1, 8);
		x11 = (x11 + x12) | 0;
		x6 = rotate(x6 ^ x11, 7);
		x2 = (x2 + x7) | 0;
		x13 = rotate(x13 ^ x2, 16);
		x8 = (x8 + x13) | 0;
		x7 = rotate(x7 ^ x8, 12);
		x2 = (x2 + x7) | 0;
		x13 = rotate(x13 ^ x2, 8);
		x8 = (x8 + x13) | 0;
		x7 = rotate(x7 ^ x8, 7);
		x3 = (x3 + x4) | 0;
		x14 = rotate(x14 ^ x3, 16);
		x9 = (x9 + x14) | 0;
		x4 = rotate(x4 ^ x9, 12);
		x3 = (x3 + x4) | 0;
		x14 = rotate(x14 ^ x3, 8);
		x9 = (x9 + x14) | 0;
		x4 = rotate(x4 ^ x9, 7);
	}
	words[0] = x0 + (state[0] as number);
	words[1] = x1 + (state[1] as number);
	words[2] = x2 + (state[2] as number);
	words[3] = x3 + (state[3] as number);
	words[4] = x4 + (state[4] as number);
	words[5] = x5 + (state[5] as number);
	words[6] = x6 + (state[6] as number);
	words[7] = x7 + (state[7] as number);
	words[8] = x8 + (state[8] as number);
	words[9] = x9 + (state[9] as number);
	words[10] = x10 + (state[10] as number);
	words[11] = x11 + (state[11] as number);
	words[12] = x12 + (state[12] as number);
	words[13] = x13 + (state[13] as number);
	words[14] = x14 + (state[14] as number);
	words[15] = x15 + (state[15] as number);
	state[COUNTER] = (state[COUNTER] as number) + 1;
}
