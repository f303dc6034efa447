/**
 * A rate limit per (public key, address prefix), so that one attacker cannot silence a site. It lives
 * in the isolate's memory: an isolate serves one place, and the address is stored nowhere.
 */
import type { Env } from "../env.ts";
import type { Access } from "./access.ts";

const WINDOW_MS = 60_000;
/** Senders counted in one window; at the limit counting begins anew. */
const SENDERS_MAX = 50_000;

let windowStart = 0;
const counts = new Map<string, number>();

/** @param address of the sender, where the edge tells it; without one nothing is limited */
export function isOverRate(env: Env, access: Access, address: string | undefined, now: number): boolean {
	const limit = Number(env.RATE_LIMIT_PER_MINUTE ?? 0);
	if (!(limit > 0) || access.trust === "server" || address === undefined) return false;
	if (now - windowStart >= WINDOW_MS || counts.size >= SENDERS_MAX) {
		windowStart = now;
		counts.clear();
	}
	const sender = `${access.key.id} ${prefixOf(address)}`;
	const count = (counts.get(sender) ?? 0) + 1;
	counts.set(sender, count);
	return count > limit;
}

/** IPv4 by /24, IPv6 by /48: who can change his last part is still one sender. */
export function prefixOf(address: string): string {
	return address.includes(":") ? address.split(":").slice(0, 3).join(":") : address.split(".").slice(0, 3).join(".");
}
