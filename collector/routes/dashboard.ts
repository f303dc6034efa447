/** The dashboard's files. The page itself is public and holds no data: it asks for a key and calls the contract. */
import { Hono } from "hono";
import { serveFile } from "./assets.ts";
import type { AppContext, AppEnv } from "./http.ts";

export const dashboard = new Hono<AppEnv>();

/** Nothing but our own files runs or is asked; forms are handled by the page and go nowhere. */
const POLICY = [
	"default-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join("; ");

/** Names hold a hash of the content. */
const IMMUTABLE = "public, max-age=31536000, immutable";

dashboard.get("/", (c) =>
	serve(c, "page.htm", "page.html", {
		"cache-control": "no-cache",
		"content-security-policy": POLICY,
		"referrer-policy": "no-referrer",
		"cross-origin-opener-policy": "same-origin",
		"x-frame-options": "DENY",
	}),
);

dashboard.get("/dashboard/:file{[\\w-]+-[\\w-]{8}\\.(?:js|css)}", (c) => {
	const file = c.req.param("file");
	return serve(c, file, file, { "cache-control": IMMUTABLE });
});

dashboard.get("/dashboard/icon.svg", (c) => serve(c, "icon.svg", "icon.svg", { "cache-control": "max-age=86400" }));

/**
 * @param name decides the content type. The page is stored as `.htm`: Cloudflare's assets answer a name in
 * `.html` with a redirect to the name without.
 */
function serve(c: AppContext, file: string, name: string, headers: Record<string, string>): Promise<Response> {
	const more = { ...headers, vary: "Accept-Encoding" };
	const wantsBrotli = /\bbr\b/.test(c.req.header("accept-encoding") ?? "");
	return wantsBrotli
		? serveFile(c.env.ASSETS, `/dashboard/${file}.br`, { ...more, "content-encoding": "br" }, name)
		: serveFile(c.env.ASSETS, `/dashboard/${file}`, more, name);
}
