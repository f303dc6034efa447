/**
 * The key that opens this tab: in memory and in `sessionStorage`, so that a reload keeps it and closing
 * the tab forgets it. Never in an address, a cookie or a log.
 */

const STORED_AS = "strand-key";

let current: string | null = readStored();
/** Why the tab has no key any more. */
let reason: "" | "expired" = "";
const listeners = new Set<() => void>();

export function readKey(): string | null {
	return current;
}

/** A secret key may also change things. */
export function isSecret(): boolean {
	return current?.startsWith("sk_") ?? false;
}

/** Why the door is shown: `expired` after the collector refused a key that it had taken. */
export function readReason(): "" | "expired" {
	return reason;
}

/** @param key null: forgets it */
export function changeKey(key: string | null, why: "" | "expired" = ""): void {
	current = key;
	reason = why;
	try {
		if (key === null) sessionStorage.removeItem(STORED_AS);
		else sessionStorage.setItem(STORED_AS, key);
	} catch {
		// Storage is blocked: the key lives as long as this page.
	}
	for (const listener of listeners) listener();
}

/** @returns stops listening */
export function onKeyChange(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

function readStored(): string | null {
	try {
		return sessionStorage.getItem(STORED_AS);
	} catch {
		return null; // Storage is blocked.
	}
}
