/**
 * The id cookie, set by the server. Safari forgets what a script stored after 7 days without a visit;
 * a cookie set in an answer from the site's own domain stays. The script asks for it (`?cookie=DOMAIN`)
 * when the collector stands on the site's own domain: on the page's host, or on another host under the
 * domain of the cookie (`t.example.com` for `www.example.com`). It writes the same cookie itself, so the
 * two must agree on the domain.
 *
 * @see https://webkit.org/blog/9521/intelligent-tracking-prevention-2-3/
 */
import { getCookie } from "hono/cookie";
import type { LoggedEvent } from "../model.ts";
import type { AppContext } from "./http.ts";

export const ID_COOKIE = "strand_id";
/** Browsers keep a cookie for 400 days at most. */
const ID_COOKIE_AGE_S = 400 * 24 * 3600;

/**
 * Adds `Set-Cookie` where the request asks for it and the named domain holds both the page and the
 * collector; otherwise nothing. An empty `cookie=` asks for a cookie of this host alone.
 *
 * Only who the visitor is now is renewed: not whom a batch takes leave of, and nobody else than the
 * browser's own cookie says, since a batch may hold what was captured before a logout.
 */
export function renewIdCookie(c: AppContext, events: readonly LoggedEvent[]): void {
	const domain = c.req.query("cookie")?.toLowerCase();
	// Before anything is parsed: most requests ask for none, and a parse that fails costs as much as ten events.
	if (domain === undefined) return;
	const last = events.findLast(({ sent }) => sent.anonymousId !== undefined)?.sent;
	const page = URL.parse(c.req.header("origin") ?? "");
	if (last?.anonymousId === undefined || page === null || isFarewell(last)) return;
	const id = last.anonymousId;
	if ((getCookie(c, ID_COOKIE) ?? id) !== id) return;
	const url = new URL(c.req.url);
	const isOwn = domain === "" ? page.host === url.host : holds(domain, url.hostname) && holds(domain, page.hostname);
	if (!isOwn) return;
	const parts = [`${ID_COOKIE}=${encodeURIComponent(id)}`, "Path=/", `Max-Age=${ID_COOKIE_AGE_S}`, "SameSite=Lax"];
	if (domain !== "") parts.push(`Domain=${domain}`);
	if (page.protocol === "https:") parts.push("Secure");
	c.header("set-cookie", parts.join("; "));
}

/** After it the visitor has another id, or none. */
function isFarewell({ type, traits }: LoggedEvent["sent"]): boolean {
	return type === "reset" || (type === "consent" && traits?.stitching === false);
}

/** The browser refuses public suffixes by itself; here only what could never be right. */
function holds(domain: string, host: string): boolean {
	return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain) && (host === domain || host.endsWith(`.${domain}`));
}
