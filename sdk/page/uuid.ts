/**
 * UUIDv7 (RFC 9562 §5.7), monotonic: ids made later sort later, also within one millisecond.
 */

/** The 12 bits after the version count the ids of one millisecond (method 1 of RFC 9562 §6.2). */
const COUNT_MAX = 0xfff;

let lastMs = 0;
let count = 0;

const toHex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Four random hex digits; `Math.random` serves a page that broke `crypto`. */
function randomHex(): string {
	let value = Math.random() * 0x10000;
	try {
		[value] = crypto.getRandomValues(new Uint16Array(1)) as unknown as [number];
	} catch {
		// Weaker, but an id all the same.
	}
	return toHex(Math.floor(value), 4);
}

/** @param ms milliseconds since the epoch; an earlier one than last time's is read as last time's */
export function createUuid(ms: number): string {
	count++;
	if (ms > lastMs || count > COUNT_MAX) {
		lastMs = Math.max(ms, lastMs + 1);
		count = 0;
	}
	const time = toHex(lastMs, 12);
	// The variant's two bits are 10: a digit from 8 to b.
	const variant = "89ab"[Number(`0x${randomHex()}`) & 3];
	const node = randomHex() + randomHex() + randomHex();
	return `${time.slice(0, 8)}-${time.slice(8)}-7${toHex(count, 3)}-${variant}${randomHex().slice(1)}-${node}`;
}
