/**
 * A rate limit per (public key, address prefix), so that one attacker cannot silence a site. It lives
 * in the isolate's memory: an isolate serves one place, and the address is stored nowhere.
 */
import type { Env } from "../env.ts";

const WINDOW_MS = 60_000;
/** Senders counted in one window; at the limit counting begins anew. */
const SENDERS_MAX = 50_000;

let windowStart = 0;
const counts = new Map<string, number>();

/**
 * Counts a request.
 *
 * @param what what the sender uses: the id of a public key, or a share link
 * @param address of the sender, by `readAddress`; senders without one count as one
 * @returns seconds until the sender may try again; 0: now
 */
export function countRequest(env: Env, what: string, address: string, now: number): number {
	const limit = Number(env.RATE_LIMIT_PER_MINUTE ?? 0);
	if (!(limit > 0)) return 0;
	if (now - windowStart >= WINDOW_MS || counts.size >= SENDERS_MAX) {
		windowStart = now;
		counts.clear();
	}
	const sender = `${what} ${prefixOf(address)}`;
	const count = (counts.get(sender) ?? 0) + 1;
	counts.set(sender, count);
	return count > limit ? Math.ceil((windowStart + WINDOW_MS - now) / 1000) : 0;
}

/**
 * The address that the machine in front of us saw. Of a list (`X-Forwarded-For`) it is the last entry: those before it
 * were there when the request reached that machine, so that anyone may have written them.
 *
 * @returns "" where no header is trusted or it is missing
 */
export function readAddress(env: Env, header: (name: string) => string | undefined): string {
	const name = env.CLIENT_ADDRESS_HEADER;
	return name ? (header(name)?.split(",").at(-1)?.trim() ?? "") : "";
}

/** IPv4 by /24, IPv6 by /48: who can change his last part is still one sender. */
export function prefixOf(address: string): string {
	const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
	const plain = mapped ?? address;
	if (!plain.includes(":")) return plain.split(".").slice(0, 3).join(".");
	// `::` stands for as many groups of 0 as are missing.
	const [start = "", end] = plain.split("::", 2).map((part) => part.split(":").filter((group) => group !== ""));
	const missing = end === undefined ? 0 : Math.max(0, 8 - start.length - end.length);
	const groups = [...start, ...Array<string>(missing).fill("0"), ...(end ?? [])];
	return groups
		.slice(0, 3)
		.map((group) => Number.parseInt(group, 16).toString(16))
		.join(":");
}
