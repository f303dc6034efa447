/** Numbers and UUIDs one after the other in the fewest bytes: what a writer wrote, a reader reads in the same order. */

export const UUID_CHARS = 36;
const UUID_BYTES = 16;
/** Of a UUIDv7 those that hold the time, ms since the epoch. */
export const UUID_TIME_BYTES = 6;
const UUID_VERSION_AT = 14;
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HYPHEN = 45;
/** What a byte holds of a number; with this much more it is not the last. */
const NUMBER_BASE = 128;
const NUMBER_BYTES_MAX = 8;
const FLOAT_BYTES = 8;

const DIGITS = new TextEncoder().encode("0123456789abcdef");
/** The digits of a byte. */
const HIGH_DIGITS = Uint8Array.from({ length: 256 }, (_, value) => DIGITS[value >> 4] as number);
const LOW_DIGITS = Uint8Array.from({ length: 256 }, (_, value) => DIGITS[value & 15] as number);
/** Where the digits of each byte of a UUID stand in its text. */
const CHARS_OF_BYTES = Uint8Array.from({ length: UUID_BYTES }, (_, byte) => charOf(byte));

/** As every maker writes them: 36 characters, in lower case. */
export function isUuid(text: string): boolean {
	return text.length === UUID_CHARS && CANONICAL.test(text);
}

/** @param uuid in lower case @returns ms since the epoch; null for one of another version, which tells no time */
export function timeOfUuid(uuid: string): number | null {
	return uuid[UUID_VERSION_AT] === "7" ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : null;
}

export class ByteWriter {
	private whole = new Uint8Array(256);
	private at = 0;

	/** An integer of either sign, below 2^52. */
	number(value: number): void {
		this.count(value < 0 ? -2 * value - 1 : 2 * value);
	}

	byte(value: number): void {
		this.reserve(1);
		this.whole[this.at++] = value;
	}

	/** A whole number, at least 0 and below 2^53. */
	count(value: number): void {
		let rest = value;
		this.reserve(NUMBER_BYTES_MAX);
		for (; rest >= NUMBER_BASE; rest = Math.floor(rest / NUMBER_BASE)) {
			this.whole[this.at++] = (rest % NUMBER_BASE) + NUMBER_BASE;
		}
		this.whole[this.at++] = rest;
	}

	float(value: number): void {
		this.reserve(FLOAT_BYTES);
		new DataView(this.whole.buffer).setFloat64(this.at, value);
		this.at += FLOAT_BYTES;
	}

	/** @param first byte of it to begin with, from 0 */
	uuid(text: string, first = 0): void {
		this.reserve(UUID_BYTES);
		for (let byte = first; byte < UUID_BYTES; byte++) {
			const at = charOf(byte);
			this.whole[this.at++] = (digit(text, at) << 4) | digit(text, at + 1);
		}
	}

	/** Their length before them. */
	bytes(bytes: Uint8Array): void {
		this.number(bytes.length);
		this.append(bytes);
	}

	append(bytes: Uint8Array): void {
		this.reserve(bytes.length);
		this.whole.set(bytes, this.at);
		this.at += bytes.length;
	}

	/** A view: to be copied, or the writer to be forgotten. */
	finish(): Uint8Array {
		return this.whole.subarray(0, this.at);
	}

	private reserve(bytes: number): void {
		const needed = this.at + bytes;
		if (needed <= this.whole.length) return;
		const larger = new Uint8Array(2 * needed);
		larger.set(this.whole);
		this.whole = larger;
	}
}

/** @throws RangeError where the bytes end too early */
export class ByteReader {
	private readonly whole: Uint8Array;
	private readonly end: number;
	private at: number;

	/** @param from where in `bytes` to begin, and `to` where to end */
	constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
		this.whole = bytes;
		this.at = from;
		this.end = to;
	}

	number(): number {
		const count = this.count();
		return count % 2 === 0 ? count / 2 : -(count + 1) / 2;
	}

	count(): number {
		let [value, unit] = [0, 1];
		for (;;) {
			const byte = this.byte();
			if (byte < NUMBER_BASE) return value + byte * unit;
			value += (byte - NUMBER_BASE) * unit;
			unit *= NUMBER_BASE;
		}
	}

	float(): number {
		const at = this.pass(FLOAT_BYTES);
		return new DataView(this.whole.buffer, this.whole.byteOffset).getFloat64(at);
	}

	/**
	 * Writes the text of a UUID as ASCII to `out[from]` and after.
	 * @param time of a UUIDv7 that was written from {@link UUID_TIME_BYTES} on; null: all of its bytes were
	 */
	uuid(time: number | null, out: Uint8Array, from: number): void {
		const { whole } = this;
		const first = time === null ? 0 : UUID_TIME_BYTES;
		let at = this.pass(UUID_BYTES - first);
		if (time !== null) {
			// Bits beyond 32 are cut off by what works on bits.
			const high = Math.floor(time / 0x10000);
			writeByte(high >>> 24, out, from);
			writeByte((high >>> 16) & 255, out, from + 2);
			writeByte((high >>> 8) & 255, out, from + 4);
			writeByte(high & 255, out, from + 6);
			const low = time - 0x10000 * high;
			writeByte(low >>> 8, out, from + 9);
			writeByte(low & 255, out, from + 11);
		}
		for (let byte = first; byte < UUID_BYTES; byte++) {
			writeByte(whole[at++] as number, out, from + (CHARS_OF_BYTES[byte] as number));
		}
		out[from + 8] = HYPHEN;
		out[from + 13] = HYPHEN;
		out[from + 18] = HYPHEN;
		out[from + 23] = HYPHEN;
	}

	/** Behind their length; a view. */
	bytes(): Uint8Array {
		return this.take(this.number());
	}

	/** The same to be read on its own. */
	part(): ByteReader {
		const from = this.pass(this.number());
		return new ByteReader(this.whole, from, this.at);
	}

	take(length: number): Uint8Array {
		const from = this.pass(length);
		return this.whole.subarray(from, this.at);
	}

	/** All that is left. */
	rest(): Uint8Array {
		return this.take(this.end - this.at);
	}

	byte(): number {
		return this.whole[this.pass(1)] as number;
	}

	/** @returns where they begin */
	private pass(length: number): number {
		const from = this.at;
		if (from + length > this.end) throw new RangeError("the bytes end too early");
		this.at = from + length;
		return from;
	}
}

function writeByte(value: number, out: Uint8Array, at: number): void {
	out[at] = HIGH_DIGITS[value] as number;
	out[at + 1] = LOW_DIGITS[value] as number;
}

/** Where the digits of a byte of a UUID stand in its text. */
function charOf(byte: number): number {
	return 2 * byte + (byte < 4 ? 0 : byte < 6 ? 1 : byte < 8 ? 2 : byte < 10 ? 3 : 4);
}

/** Value of a hexadecimal digit in lower case. */
function digit(text: string, at: number): number {
	const code = text.charCodeAt(at);
	return code < 58 ? code - 48 : code - 87;
}
