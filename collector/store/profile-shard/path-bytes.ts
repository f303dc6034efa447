/**
 * Numbers and texts of the column `path` as bytes. JSON took three times as long to read and twice the room.
 *
 * Counts are varints: seven bits a byte, the lowest first, the eighth says that more follow. Numbers are the
 * same of `2n + 1` or, below zero, `-2n`; what is no whole number of {@link WHOLE_MAX} at most is a 0 and
 * eight bytes of Float64.
 */

/** Twice it and one is still exact. */
const WHOLE_MAX = 2 ** 51;
const VARINT_BITS = 7;
const VARINT_MORE = 1 << VARINT_BITS;
/** Below it, a varint's bits fit an integer of 32 bits. */
const SMALL_MAX = 2 ** 31;
const HASH_BYTES = 3;
const FLOAT_BYTES = 8;

/**
 * Texts that most pieces hold, by number. THEIR ORDER IS PART OF THE FORMAT: only ever add at the end.
 */
const WORDS: readonly string[] = [
	"web",
	"in",
	"human",
	"page_viewed",
	"awareness",
	"consideration",
	"purchase",
	"service",
	"loyalty",
	"desktop",
	"mobile",
	"tablet",
	"Direct",
	"Organic Search",
	"Paid Search",
	"Referral",
	"Organic Social",
	"Paid Social",
	"Email",
	"Display",
	"AI Assistant",
	"Unassigned",
	"google",
	"baidu",
	"bing",
	"organic",
	"cpc",
	"email",
	"referral",
	"social",
	"newsletter",
	"link_clicked",
	"product_viewed",
	"form_started",
	"form_submitted",
	"form_abandoned",
	"file_downloaded",
	"order_completed",
	"order_paid",
	"lead_submitted",
	"event_tracked",
	"screen_viewed",
	"app",
	"shop",
	"phone",
	"out",
	"internal",
	"automated",
	"machine_open",
	"test",
	"call_completed",
	"store",
	"chat",
	"other",
	"CNY",
	"USD",
	"EUR",
	"/",
];
const WORD_NUMBERS: ReadonlyMap<string, number> = new Map(WORDS.map((word, number) => [word, number]));

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** One at a time: a writer's bytes are copied out by {@link PathWriter.finish}. */
export class PathWriter {
	private bytes = new Uint8Array(1024);
	private length = 0;

	byte(value: number): void {
		this.reserve(1);
		this.bytes[this.length++] = value;
	}

	/** @param value whole, at least 0 */
	count(value: number): void {
		this.reserve(FLOAT_BYTES);
		let rest = value;
		for (; rest >= VARINT_MORE; rest = Math.floor(rest / VARINT_MORE)) {
			this.bytes[this.length++] = (rest % VARINT_MORE) + VARINT_MORE;
		}
		this.bytes[this.length++] = rest;
	}

	number(value: number): void {
		if (Number.isInteger(value) && Math.abs(value) <= WHOLE_MAX) {
			this.count(value < 0 ? -2 * value : 2 * value + 1);
			return;
		}
		this.byte(0);
		this.reserve(FLOAT_BYTES);
		new DataView(this.bytes.buffer).setFloat64(this.length, value);
		this.length += FLOAT_BYTES;
	}

	text(text: string): void {
		const word = WORD_NUMBERS.get(text);
		if (word !== undefined) {
			this.count(2 * word);
			return;
		}
		const utf8 = encoder.encode(text);
		this.count(2 * utf8.byteLength + 1);
		this.reserve(utf8.byteLength);
		this.bytes.set(utf8, this.length);
		this.length += utf8.byteLength;
	}

	/** 24 bits each. */
	hashes(values: readonly number[]): void {
		this.reserve(values.length * HASH_BYTES);
		for (const value of values) {
			this.bytes[this.length++] = value >> 16;
			this.bytes[this.length++] = value >> 8;
			this.bytes[this.length++] = value;
		}
	}

	/** @returns what was written, and begins anew */
	finish(): Uint8Array {
		const written = this.bytes.slice(0, this.length);
		this.length = 0;
		return written;
	}

	private reserve(count: number): void {
		if (this.length + count <= this.bytes.length) return;
		const larger = new Uint8Array(2 * (this.bytes.length + count));
		larger.set(this.bytes);
		this.bytes = larger;
	}
}

/** Beyond the end zeros are read; {@link finish} must be asked whether that was so. */
export class PathReader {
	/** How many there are. */
	readonly length: number;
	private readonly bytes: Uint8Array;
	private at = 0;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
		this.length = bytes.length;
	}

	byte(): number {
		return this.bytes[this.at++] ?? 0;
	}

	count(): number {
		const { bytes } = this;
		let byte = bytes[this.at++] ?? 0;
		if (byte < VARINT_MORE) return byte;
		let value = byte - VARINT_MORE;
		for (let scale = VARINT_MORE; byte >= VARINT_MORE; scale *= VARINT_MORE) {
			byte = bytes[this.at++] ?? 0;
			value += (byte & (VARINT_MORE - 1)) * scale;
		}
		return value;
	}

	number(): number {
		const count = this.count();
		if (count === 0) return this.float();
		if (count < SMALL_MAX) return (count & 1) === 1 ? count >> 1 : -(count >> 1);
		return count % 2 === 1 ? (count - 1) / 2 : -count / 2;
	}

	private float(): number {
		const { buffer, byteOffset, byteLength } = this.bytes;
		const from = this.at;
		this.at += FLOAT_BYTES;
		return this.at > byteLength ? 0 : new DataView(buffer, byteOffset).getFloat64(from);
	}

	text(): string {
		const count = this.count();
		if (count % 2 === 0) return WORDS[count / 2] ?? "";
		const from = this.at;
		this.at += (count - 1) / 2;
		return readText(this.bytes, from, Math.min(this.at, this.length));
	}

	/** @throws Error where the bytes cannot hold so many */
	hashes(count: number): number[] {
		const { bytes } = this;
		if (this.at + count * HASH_BYTES > this.length) throw new Error("a path is not as long as it says");
		const values: number[] = [];
		for (let i = 0; i < count; i++) {
			const high = bytes[this.at++] as number;
			const middle = bytes[this.at++] as number;
			values.push((high << 16) + (middle << 8) + (bytes[this.at++] as number));
		}
		return values;
	}

	/** @throws Error where the bytes end too early or too late */
	finish(): void {
		if (this.at !== this.length) throw new Error("a path is not as long as it says");
	}
}

/** Texts read last, by a hash of their bytes: most are few and come again and again. A power of 2. */
const KNOWN_TEXTS = 4096;
/** Longer ones are read anew: they seldom repeat. */
const KNOWN_BYTES_MAX = 64;
const known: ({ bytes: Uint8Array; text: string } | undefined)[] = new Array(KNOWN_TEXTS).fill(undefined);

function readText(bytes: Uint8Array, from: number, to: number): string {
	if (to - from > KNOWN_BYTES_MAX) return decoder.decode(bytes.subarray(from, to));
	let hash = to - from;
	for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
	const place = (hash ^ (hash >>> 12)) & (KNOWN_TEXTS - 1);
	const found = known[place];
	if (found !== undefined && isSame(found.bytes, bytes, from, to)) return found.text;
	const own = bytes.slice(from, to);
	const text = decoder.decode(own);
	known[place] = { bytes: own, text };
	return text;
}

function isSame(own: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
	if (own.length !== to - from) return false;
	for (let at = 0; at < own.length; at++) if (own[at] !== bytes[from + at]) return false;
	return true;
}
