/**
 * The owner's own visits: `?strand_ignore=1` keeps this browser out, any other value, as `=0`, lets it in
 * again. A cookie remembers it, for all hosts of the domain.
 */
import { readCookie, writeCookie } from "../page/storage.ts";
import { IGNORE_COOKIE } from "./memory.ts";

export function isIgnored(): boolean {
	const wish = new URLSearchParams(location.search).get(IGNORE_COOKIE);
	if (wish) writeCookie(IGNORE_COOKIE, wish === "1" ? wish : "");
	return (wish || readCookie(IGNORE_COOKIE)) === "1";
}
