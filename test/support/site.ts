/**
 * A customer's site: pages from a table, on an origin of its own, with the script tag pasted in.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SitePage {
	/** Stands in place of the usual page; `{{tag}}` becomes the script tag. */
	html: string;
	headers?: Record<string, string>;
}

export interface SiteOptions {
	/** Where the script comes from and where it sends: a collector or a proxy before it. */
	collector: string;
	writeKey: string;
	/** Further attributes of the script tag. */
	attributes?: string;
	/** By path. Any other path is a page with a title, a link and the script. */
	pages?: Record<string, SitePage>;
}

export interface Site {
	readonly url: string;
	readonly tag: string;
	close(): Promise<void>;
}

export async function startSite(options: SiteOptions): Promise<Site> {
	const tag = `<script async src="${options.collector}/strand.js" data-write-key="${options.writeKey}" ${options.attributes ?? ""}></script>`;
	const server = createServer((request, response) => {
		const path = new URL(request.url ?? "/", "http://site").pathname;
		const page = options.pages?.[path] ?? {
			html: `<!doctype html><title>Page ${path}</title>{{tag}}<body><h1>${path}</h1><a id="next" href="/next">next</a></body>`,
		};
		const type = path.endsWith(".pdf") ? "application/pdf" : "text/html; charset=utf-8";
		response.writeHead(200, { "content-type": type, "cache-control": "max-age=60", ...page.headers });
		response.end(page.html.replaceAll("{{tag}}", tag));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		tag,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
