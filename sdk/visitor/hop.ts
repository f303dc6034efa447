/**
 * The hop to another domain of the same business: a link's query carries `anonymousId.minute.check`.
 * The check (8 hex digits of SHA-256 with user agent and time zone) keeps a link that was passed on to
 * somebody else from making two people one. It is a guard, not a signature: whoever wants to forge it
 * can. It works for {@link HOP_MINUTES_MAX} minutes; a wrong join is undone by `unlink`.
 */
import type { Page, Stop } from "../page/page.ts";
import { isHostOf, parseUrl } from "../page/url.ts";

export const HOP_PARAMETER = "strand_link";
export const HOP_MINUTES_MAX = 2;
const MINUTE_MS = 60_000;
const CHECK_CHARS = 8;

async function sign(anonymousId: string, minute: number): Promise<string> {
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const text = [anonymousId, minute, navigator.userAgent, zone].join("|");
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
	const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
	return hex.slice(0, CHECK_CHARS);
}

/** @param now ms since the epoch */
export async function createHopToken(anonymousId: string, now: number): Promise<string> {
	const minute = Math.floor(now / MINUTE_MS);
	return `${anonymousId}.${minute}.${await sign(anonymousId, minute)}`;
}

/** @returns the other domain's anonymousId; `undefined` for a token that is old, foreign or broken */
export async function readHopToken(token: string, now: number): Promise<string | undefined> {
	const [, anonymousId, minute, check] = /^(.{1,256})\.(\d+)\.([0-9a-f]{8})$/.exec(token) || [];
	if (!anonymousId) return undefined;
	const age = Math.floor(now / MINUTE_MS) - Number(minute);
	// The two domains' pages share one clock, so a token from the future is forged.
	if (age < 0 || age > HOP_MINUTES_MAX) return undefined;
	return (await sign(anonymousId, Number(minute))) === check ? anonymousId : undefined;
}

/**
 * Writes the token into links to `domains` when they are about to be followed. It is computed when the
 * pointer goes down or the focus moves, since digests are asynchronous and a click does not wait.
 * Without a secure context there are no digests and no hop.
 */
export function startHop(domains: readonly string[], createToken: () => Promise<string>, page: Page): Stop {
	if (!window.crypto?.subtle) return () => undefined;
	let token = "";
	const prepare = async (): Promise<void> => {
		token = await createToken();
	};
	const stops = [
		page.on(window, "pointerdown focusin", prepare),
		page.on<MouseEvent>(window, "click auxclick", (event) => {
			for (const node of event.composedPath()) {
				if (!(node instanceof HTMLAnchorElement)) continue;
				const url = parseUrl(node.href);
				if (!url || !token || !isHostOf(url.hostname, domains) || url.hostname === location.hostname) return;
				url.searchParams.set(HOP_PARAMETER, token);
				node.href = url.href;
				return;
			}
		}),
	];
	prepare().catch(page.fault);
	return () => {
		for (const stop of stops) stop();
	};
}
