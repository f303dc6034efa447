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

const DIGITS = new TextEncoder().encode("0123456789abcdef");
/** What one in each of a UUIDv7's first bytes is worth, ms. */
const TIME_UNITS = Array.from({ length: UUID_TIME_BYTES }, (_, byte) => 2 ** (8 * (UUID_TIME_BYTES - 1 - byte)));

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
		let rest = value < 0 ? -2 * value - 1 : 2 * value;
		this.reserve(NUMBER_BYTES_MAX);
		for (; rest >= NUMBER_BASE; rest = Math.floor(rest / NUMBER_BASE)) {
			this.whole[this.at++] = (rest % NUMBER_BASE) + NUMBER_BASE;
		}
		this.whole[this.at++] = rest;
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
	private at = 0;

	constructor(bytes: Uint8Array) {
		this.whole = bytes;
	}

	number(): number {
		let [value, unit] = [0, 1];
		for (;;) {
			const byte = this.byte();
			value += (byte % NUMBER_BASE) * unit;
			if (byte < NUMBER_BASE) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
			unit *= NUMBER_BASE;
		}
	}

	/**
	 * Writes the text of a UUID as ASCII to `out[from]` and after.
	 * @param time of a UUIDv7 that was written from {@link UUID_TIME_BYTES} on; null: all of its bytes were
	 */
	uuid(time: number | null, out: Uint8Array, from: number): void {
		let to = from;
		for (let byte = 0; byte < UUID_BYTES; byte++) {
			const isTime = time !== null && byte < UUID_TIME_BYTES;
			const value = isTime ? Math.floor(time / (TIME_UNITS[byte] as number)) % 256 : this.byte();
			if (byte === 4 || byte === 6 || byte === 8 || byte === 10) out[to++] = HYPHEN;
			out[to++] = DIGITS[value >> 4] as number;
			out[to++] = DIGITS[value & 15] as number;
		}
	}

	/** Behind their length; a view. */
	bytes(): Uint8Array {
		return this.take(this.number());
	}

	take(length: number): Uint8Array {
		const end = this.at + length;
		if (end > this.whole.length) throw new RangeError("the bytes end too early");
		const taken = this.whole.subarray(this.at, end);
		this.at = end;
		return taken;
	}

	/** All that is left. */
	rest(): Uint8Array {
		return this.take(this.whole.length - this.at);
	}

	private byte(): number {
		const byte = this.whole[this.at++];
		if (byte === undefined) throw new RangeError("the bytes end too early");
		return byte;
	}
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
