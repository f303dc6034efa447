/** Merging of identities (earliest wins) and traits (a server's write, else the last, wins); the order of calls is irrelevant. */
import type { IdentityValue, TraitWrite } from "../model.ts";

const SHA_256_HEX = /^[0-9a-f]{64}$/;

/** Keeps for each (kind, hash) the earliest position, and a value in clear where any event gave one. */
export function keepEarliest(into: Map<string, IdentityValue>, one: IdentityValue): void {
	const key = `${one.kind}\n${one.hash}`;
	const other = into.get(key);
	if (other === undefined) {
		into.set(key, one);
		return;
	}
	const first = comparePlaces(one.firstAt, one.messageId, other.firstAt, other.messageId) < 0 ? one : other;
	const value = preferClear(one.value, other.value);
	if (first !== other || value !== other.value) into.set(key, { ...first, value });
}

/**
 * Keeps for each key the write of the largest (t, m); of two at one place (one messageId in two streams), the larger as JSON.
 * Before all that a server's: whoever holds the public key may not rename a customer whom the business's own server described.
 */
export function keepLatest(into: Map<string, TraitWrite>, one: TraitWrite): void {
	const other = into.get(one.key);
	if (other !== undefined) {
		if (other.vouched && !one.vouched) return;
		const order = other.vouched === one.vouched ? comparePlaces(one.t, one.m, other.t, other.m) : 1;
		if (order < 0 || (order === 0 && JSON.stringify(one.value) <= JSON.stringify(other.value))) return;
	}
	into.set(one.key, one);
}

export function comparePlaces(t: number, m: string, otherT: number, otherM: string): number {
	return t - otherT || (m < otherM ? -1 : m > otherM ? 1 : 0);
}

function preferClear(a: string, b: string): string {
	if (SHA_256_HEX.test(a) !== SHA_256_HEX.test(b)) return SHA_256_HEX.test(a) ? b : a;
	return a < b ? a : b;
}
