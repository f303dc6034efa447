/**
 * A customer's site: pages from a table, on an origin of its own, with the script tag pasted in. It
 * answers on every address of this machine: 127.0.0.1 and 127.0.0.2 are two hosts to a browser.
 */

import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

export interface SitePage {
	/** Stands in place of the usual page; `{{tag}}` becomes the script tag, `{{watch}}` {@link WATCH}, `{{key}}` and `{{collector}}` what they say. */
	html: string;
	headers?: Record<string, string>;
	/** Before the first byte. */
	delayMs?: number;
}

export interface SiteOptions {
	/** Where the script comes from and where it sends: a collector or a proxy before it. */
	collector: string;
	writeKey: string;
	/** Further attributes of the script tag. */
	attributes?: string;
	/** Default `127.0.0.1`. */
	host?: string;
	/** The collector answers on the site's own origin too, and the script comes from there. */
	sameOrigin?: boolean;
	/** By path. Any other path is a page with a title, a link and the script. */
	pages?: Record<string, SitePage>;
}

export interface Site {
	readonly url: string;
	readonly tag: string;
	/** Paths with queries asked for, oldest first. */
	readonly asked: string[];
	close(): Promise<void>;
}

/** Keeps every error that reaches the page in `errors`, and the addresses of scripts that have run in `ran`. */
export const WATCH = `<script>window.errors = []; window.ran = []; document.addEventListener("load", ({ target }) => target.src && ran.push(target.src), true); addEventListener("error", (event) => event.message && errors.push(event.message)); addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));</script>`;

export async function startSite(options: SiteOptions): Promise<Site> {
	const { host = "127.0.0.1", collector, sameOrigin } = options;
	const tag = `<script async src="${sameOrigin ? "" : collector}/strand.js" data-write-key="${options.writeKey}" ${options.attributes ?? ""}></script>`;
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		if (sameOrigin && /^\/(strand|v1\/)/.test(request.url ?? "")) {
			const { method, url = "", headers } = request;
			const onward = forward(`${collector}${url}`, { method, headers }, (answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			});
			onward.once("error", () => response.destroy());
			request.pipe(onward);
			return;
		}
		const path = new URL(request.url ?? "/", "http://site").pathname;
		const page = options.pages?.[path] ?? {
			html: `<!doctype html><title>Page ${path}</title>{{watch}}{{tag}}<body><h1>${path}</h1><a id="next" href="/next">next</a></body>`,
		};
		const type = path.endsWith(".pdf") ? "application/pdf" : "text/html; charset=utf-8";
		response.writeHead(200, { "content-type": type, "cache-control": "max-age=60", ...page.headers });
		const facts: Record<string, string> = { tag, watch: WATCH, key: options.writeKey, collector };
		const html = page.html.replace(/\{\{(\w+)\}\}/g, (all, name) => facts[name] ?? all);
		if (page.delayMs === undefined) response.end(html);
		else setTimeout(() => response.end(html), page.delayMs);
	}).listen(0);
	await once(server, "listening");
	return {
		url: `http://${host}:${(server.address() as AddressInfo).port}`,
		tag,
		asked,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
