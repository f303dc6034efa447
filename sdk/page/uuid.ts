/**
 * UUIDv7 (RFC 9562 §5.7), monotonic: ids made later sort later. Of several in one millisecond, and
 * after the clock was set back, the later ones run ahead of it, a millisecond each (§6.2).
 */

let lastMs = 0;

const toHex = (value: number, digits = 4): string => value.toString(16).padStart(digits, "0");

/** `Math.random` serves a page that broke `crypto`: weaker, but an id all the same. */
function fillRandomly(words: Uint16Array<ArrayBuffer>): Uint16Array {
	try {
		return crypto.getRandomValues(words);
	} catch {
		return words.map(() => Math.random() * 0x10000);
	}
}

/** @param ms milliseconds since the epoch */
export function createUuid(ms: number): string {
	lastMs = Math.max(ms, lastMs + 1);
	const time = toHex(lastMs, 12);
	const [a = 0, b = 0, ...node] = fillRandomly(new Uint16Array(5));
	// Version 7, and the variant's two bits, which are 10.
	return `${time.slice(0, 8)}-${time.slice(8)}-7${toHex(a).slice(1)}-${toHex((b & 0x3fff) | 0x8000)}-${node.map((word) => toHex(word)).join("")}`;
}
