/**
 * UUIDv7 (RFC 9562 §5.7), monotonic: ids made later sort later. Of several in one millisecond, and
 * after the clock was set back, the later ones run ahead of it, a millisecond each (§6.2).
 */

let lastMs = 0;

/** `Math.random` serves a page that broke `crypto`: weaker, but an id all the same. */
function fillRandomly(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
	try {
		return crypto.getRandomValues(bytes);
	} catch {
		return bytes.map(() => Math.random() * 256);
	}
}

/** @param ms milliseconds since the epoch */
export function createUuid(ms: number): string {
	lastMs = Math.max(ms, lastMs + 1);
	const time = lastMs.toString(16).padStart(12, "0");
	const bytes = fillRandomly(new Uint8Array(36));
	// Version 7, variant 10 (of whose digit the other two bits stay 0), and 72 random bits.
	return `${time.slice(0, 8)}-${time.slice(8)}-7xxx-8xxx-xxxxxxxxxxxx`.replace(/x/g, (_, place) =>
		((bytes[place] as number) % 16).toString(16),
	);
}
