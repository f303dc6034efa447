/**
 * The id cookie, set by the server. Safari forgets what a script stored after 7 days without a visit;
 * a cookie set in an answer from the site's own domain stays. The script asks for it (`?cookie=DOMAIN`)
 * when the collector stands on the site's own domain, and writes the same cookie itself, so the two
 * must agree on the domain.
 *
 * @see https://webkit.org/blog/9521/intelligent-tracking-prevention-2-3/
 */
import type { LoggedEvent } from "../model.ts";
import type { AppContext } from "./http.ts";

export const ID_COOKIE = "strand_id";
/** Browsers keep a cookie for 400 days at most. */
const ID_COOKIE_AGE_S = 400 * 24 * 3600;

/**
 * Adds `Set-Cookie` where the request asks for it and the named domain holds both the page and the
 * collector; otherwise nothing. An empty `cookie=` asks for a cookie of this host alone.
 */
export function renewIdCookie(c: AppContext, events: readonly LoggedEvent[]): void {
	const domain = c.req.query("cookie")?.toLowerCase();
	// Before anything is parsed: most requests ask for none, and a parse that fails costs as much as ten events.
	if (domain === undefined) return;
	const id = events.findLast(({ sent }) => sent.anonymousId !== undefined)?.sent.anonymousId;
	const page = URL.parse(c.req.header("origin") ?? "");
	if (id === undefined || page === null) return;
	const url = new URL(c.req.url);
	const isOwn = domain === "" ? page.host === url.host : holds(domain, url.hostname) && holds(domain, page.hostname);
	if (!isOwn) return;
	const parts = [`${ID_COOKIE}=${encodeURIComponent(id)}`, "Path=/", `Max-Age=${ID_COOKIE_AGE_S}`, "SameSite=Lax"];
	if (domain !== "") parts.push(`Domain=${domain}`);
	if (page.protocol === "https:") parts.push("Secure");
	c.header("set-cookie", parts.join("; "));
	c.header("access-control-allow-credentials", "true");
}

/** The browser refuses public suffixes by itself; here only what could never be right. */
function holds(domain: string, host: string): boolean {
	return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain) && (host === domain || host.endsWith(`.${domain}`));
}
