/**
 * Files: the script, the dashboard, and locally the example shop. A disk service sends no content
 * type, no ETag and no compression, so that all three are settled here, alike in both places.
 */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "./http.ts";
import { Refusal } from "./http.ts";

export const assets = new Hono<AppEnv>();

const TYPES: { readonly [ending: string]: string } = {
	html: "text/html; charset=utf-8",
	js: "text/javascript; charset=utf-8",
	mjs: "text/javascript; charset=utf-8",
	css: "text/css; charset=utf-8",
	json: "application/json; charset=utf-8",
	svg: "image/svg+xml",
	png: "image/png",
	jpg: "image/jpeg",
	webp: "image/webp",
	ico: "image/x-icon",
	pdf: "application/pdf",
	txt: "text/plain; charset=utf-8",
	woff2: "font/woff2",
};

/** The moving script: short, so that a new version is everywhere soon; a version's own name never changes. */
const SCRIPT_AGE_S = 300;
/** As our own files are called. Anything else names none, and might fit neither a file system nor a header. */
const FILE_PATH = /^[\w./-]+$/;
const IMMUTABLE = "public, max-age=31536000, immutable";

assets.get("/:file{strand[\\w.-]*\\.js}", (c) => serveScript(c, c.req.param("file")));

assets.get("/examples/*", async (c) => {
	if (c.env.EXAMPLES === undefined)
		throw new Refusal(404, "not_found", "The example shop is served by `npm start` only.");
	const path = c.req.path.slice("/examples".length);
	if (!FILE_PATH.test(path)) throw new Refusal(404, "not_found", "No such file.");
	// With the query: it may hold the campaign that brought the visitor.
	if (!path.includes(".") && !path.endsWith("/")) return c.redirect(`${c.req.path}/${new URL(c.req.url).search}`, 308);
	return serveFile(c.env.EXAMPLES, path.endsWith("/") ? `${path}index.html` : path, {});
});

async function serveScript(c: AppContext, file: string): Promise<Response> {
	const isVersioned = /-\d+\.\d+\.\d+/.test(file);
	const headers: Record<string, string> = {
		"cache-control": isVersioned ? IMMUTABLE : `public, max-age=${SCRIPT_AGE_S}`,
		"access-control-allow-origin": "*",
		"cross-origin-resource-policy": "cross-origin",
		vary: "Accept-Encoding",
	};
	const wantsBrotli = /\bbr\b/.test(c.req.header("accept-encoding") ?? "");
	const response = wantsBrotli
		? await serveFile(c.env.ASSETS, `/${file}.br`, { ...headers, "content-encoding": "br" }, file)
		: await serveFile(c.env.ASSETS, `/${file}`, headers);
	const etag = response.headers.get("etag");
	if (etag !== null && (c.req.header("if-none-match") ?? "").includes(etag)) {
		return new Response(null, { status: 304, headers: { ...headers, etag } });
	}
	return response;
}

/** @param name file name that decides the content type, where the stored one is a compressed form of it */
export async function serveFile(
	from: Fetcher,
	path: string,
	headers: Record<string, string>,
	name = path,
): Promise<Response> {
	const found = await from.fetch(`http://files${path}`);
	if (!found.ok) throw new Refusal(404, "not_found", "No such file.");
	const bytes = await found.arrayBuffer();
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 12);
	const etag = `"${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
	const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
	return new Response(bytes, {
		headers: {
			"content-type": TYPES[ending] ?? "application/octet-stream",
			"x-content-type-options": "nosniff",
			etag,
			...headers,
		},
		// What is stored compressed is sent as it is.
		...("content-encoding" in headers ? { encodeBody: "manual" as const } : {}),
	});
}
