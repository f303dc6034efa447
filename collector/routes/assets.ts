/**
 * The files that the collector serves: the script and its chunks from `ASSETS`, and, where the
 * launcher binds them, the example pages from `EXAMPLES` (never when deployed: pages that anyone may
 * be talked into editing do not belong on the dashboard's origin).
 *
 * Locally both are workerd's disk services, which send neither content types nor ETags and list
 * folders; on Cloudflare `ASSETS` sends all that. What leaves here is the same in both places.
 */

import { Hono } from "hono";

export interface AssetBindings {
	ASSETS: Fetcher;
	EXAMPLES?: Fetcher;
}

const TYPES: Record<string, string> = {
	css: "text/css; charset=utf-8",
	html: "text/html; charset=utf-8",
	ico: "image/x-icon",
	js: "text/javascript; charset=utf-8",
	json: "application/json",
	pdf: "application/pdf",
	png: "image/png",
	svg: "image/svg+xml",
	woff2: "font/woff2",
};

/** A release in a file's name means that its content never changes: `strand-0.1.0.js`. */
const VERSIONED = /-\d+\.\d+\.\d+/;
const CACHE_IMMUTABLE = "public, max-age=31536000, immutable";
/** `strand.js` stands in pages for years; five minutes bound how long a release takes to reach them. */
const CACHE_SCRIPT = "public, max-age=300";
const CACHE_REVALIDATE = "no-cache";

export function createAssetRoutes(): Hono<{ Bindings: AssetBindings }> {
	const routes = new Hono<{ Bindings: AssetBindings }>();
	routes.get("/:script{strand[a-z0-9.-]*\\.js}", async (c) => {
		const name = c.req.param("script");
		const response = await serveFile(
			c.env.ASSETS,
			name,
			c.req.raw.headers,
			VERSIONED.test(name) ? CACHE_IMMUTABLE : CACHE_SCRIPT,
		);
		// Pages load it with `crossorigin` when they want its errors or check its integrity.
		response?.headers.set("access-control-allow-origin", "*");
		return response ?? c.notFound();
	});
	routes.get("/examples/*", async (c) => {
		if (c.env.EXAMPLES === undefined) return c.notFound();
		const path = c.req.path.slice("/examples/".length);
		if (path.endsWith("/")) {
			return (
				(await serveFile(c.env.EXAMPLES, `${path}index.html`, c.req.raw.headers, CACHE_REVALIDATE)) ?? c.notFound()
			);
		}
		const response = await serveFile(c.env.EXAMPLES, path, c.req.raw.headers, CACHE_REVALIDATE);
		if (response !== undefined) return response;
		// A folder without its slash: relative links in its pages need it. No example file lacks an extension.
		return /\/[^/.]+$|^[^/.]+$/.test(path)
			? c.redirect(`${c.req.path}/${new URL(c.req.url).search}`, 308)
			: c.notFound();
	});
	return routes;
}

/**
 * One file as a response: typed, revalidated by ETag, in brotli where the client takes it and a
 * compressed copy lies beside it.
 *
 * @param files   the service that holds it
 * @param path    below that service's root, without a slash in front
 * @param headers of the request: `accept-encoding` and `if-none-match` are read
 * @returns 200 or 304; `undefined` when there is no such file or its type is not one we serve
 */
export async function serveFile(
	files: Fetcher,
	path: string,
	headers: Headers,
	cacheControl: string,
): Promise<Response | undefined> {
	const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
	if (type === undefined) return undefined;
	const compressed = /\bbr\b/.test(headers.get("accept-encoding") ?? "")
		? await fetchFile(files, `${path}.br`)
		: undefined;
	const found = compressed ?? (await fetchFile(files, path));
	if (found === undefined) return undefined;
	const answer = new Headers({
		"content-type": type,
		"cache-control": cacheControl,
		etag: readETag(found, compressed !== undefined),
		vary: "accept-encoding",
		"x-content-type-options": "nosniff",
	});
	if (headers.get("if-none-match") === answer.get("etag")) {
		await found.body?.cancel();
		return new Response(null, { status: 304, headers: answer });
	}
	if (compressed === undefined) return new Response(found.body, { headers: answer });
	answer.set("content-encoding", "br");
	return new Response(found.body, { headers: answer, encodeBody: "manual" });
}

async function fetchFile(files: Fetcher, path: string): Promise<Response | undefined> {
	const response = await files.fetch(`http://files/${path}`);
	if (response.ok) return response;
	await response.body?.cancel();
	return undefined;
}

/** The service's own ETag, else what its file's time and length tell; each encoding has its own. */
function readETag(file: Response, isCompressed: boolean): string {
	const own = file.headers.get("etag");
	const tag =
		own?.replace(/^W\/|"/g, "") ??
		`${Date.parse(file.headers.get("last-modified") ?? "").toString(36)}-${file.headers.get("content-length")}`;
	return `W/"${tag}${isCompressed ? "-br" : ""}"`;
}
