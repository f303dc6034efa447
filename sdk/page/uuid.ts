/**
 * UUIDv7 (RFC 9562 §5.7), monotonic: ids made later sort later, also within one millisecond.
 */

/** Fills with random bytes; `Math.random` serves browsers without `crypto`. */
function randomBytes(count: number): number[] {
	const bytes = new Uint8Array(count);
	try {
		crypto.getRandomValues(bytes);
	} catch {
		return Array.from(bytes, () => Math.floor(Math.random() * 256));
	}
	return Array.from(bytes);
}

const toHex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** The 12 bits after the version count the ids of one millisecond (method 1 of RFC 9562 §6.2). */
const COUNT_MAX = 0xfff;

let lastMs = 0;
let count = 0;

/** @param ms milliseconds since the epoch; an earlier one than last time's is read as last time's */
export function createUuid(ms: number): string {
	if (ms > lastMs) {
		lastMs = ms;
		count = 0;
	} else if (++count > COUNT_MAX) {
		lastMs++;
		count = 0;
	}
	const time = toHex(lastMs, 12);
	const tail = randomBytes(8);
	tail[0] = ((tail[0] as number) & 0x3f) | 0x80;
	const hex = tail.map((byte) => toHex(byte, 2)).join("");
	return `${time.slice(0, 8)}-${time.slice(8)}-7${toHex(count, 3)}-${hex.slice(0, 4)}-${hex.slice(4)}`;
}
