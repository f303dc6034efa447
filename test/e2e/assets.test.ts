import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { get } from "../support/http.ts";

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

describe("the script", () => {
	it("comes as JavaScript, cached for five minutes", async () => {
		const { status, headers, body } = await get(`${collector.url}/strand.js`);
		expect(status).toBe(200);
		expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
		expect(headers["content-encoding"]).toBeUndefined();
		expect(headers["cache-control"]).toBe("public, max-age=300");
		expect(headers["access-control-allow-origin"]).toBe("*");
		expect(body.length).toBeGreaterThan(500);
	});

	it("comes in brotli where the browser takes it, and is the same script", async () => {
		const plain = await get(`${collector.url}/strand.js`);
		const { headers, body } = await get(`${collector.url}/strand.js`, { "accept-encoding": "gzip, br" });
		expect(headers["content-encoding"]).toBe("br");
		expect(brotliDecompressSync(body).equals(plain.body)).toBe(true);
	});

	it("answers 304 to the ETag that it gave, and 200 to that of the other encoding", async () => {
		const plain = await get(`${collector.url}/strand.js`);
		const etag = plain.headers.etag ?? "";
		expect((await get(`${collector.url}/strand.js`, { "if-none-match": etag })).status).toBe(304);
		expect((await get(`${collector.url}/strand.js`, { "if-none-match": etag, "accept-encoding": "br" })).status).toBe(
			200,
		);
	});

	it("never changes under its version's name", async () => {
		const { status, headers } = await get(`${collector.url}/strand-${packageJson.version}.js`);
		expect(status).toBe(200);
		expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
	});

	it("is not found under another version's name", async () => {
		expect((await get(`${collector.url}/strand-99.0.0.js`)).status).toBe(404);
	});
});

describe("the example shop", () => {
	it("carries an ordinary script tag with this collector's write key", async () => {
		const { headers, body } = await get(`${collector.url}/examples/shop/`);
		expect(headers["content-type"]).toBe("text/html; charset=utf-8");
		expect(body.toString()).toContain(
			`<script async src="/strand.js" data-write-key="${collector.keys.write}"></script>`,
		);
	});

	it("has pages whose links to its own files all lead somewhere", async () => {
		const base = `${collector.url}/examples/shop/`;
		const seen = new Set<string>();
		const queue = [base];
		for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
			if (seen.has(url)) continue;
			seen.add(url);
			const { status, headers, body } = await get(url);
			expect(`${url} ${status}`).toBe(`${url} 200`);
			if (!headers["content-type"]?.startsWith("text/html")) continue;
			for (const [, href = ""] of body.toString().matchAll(/(?:href|src)="([^"]*)"/g)) {
				const target = new URL(href.replaceAll("&amp;", "&"), url);
				target.hash = "";
				if (target.href.startsWith(collector.url)) queue.push(target.href);
			}
		}
		expect(seen.size).toBeGreaterThan(8);
	});

	it("has a real PDF", async () => {
		const { headers, body } = await get(`${collector.url}/examples/shop/care-guide.pdf`);
		expect(headers["content-type"]).toBe("application/pdf");
		expect(body.subarray(0, 5).toString()).toBe("%PDF-");
		expect(body.toString("latin1").trimEnd().endsWith("%%EOF")).toBe(true);
	});

	it("adds the slash to its folder, and lists no folder", async () => {
		const { status, headers } = await get(`${collector.url}/examples/shop?utm_source=x`);
		expect([status, headers.location]).toEqual([308, "/examples/shop/?utm_source=x"]);
		expect((await get(`${collector.url}/examples/`)).status).toBe(404);
	});

	it("gives nothing outside its folder", async () => {
		for (const path of ["..%2fadmin.json", "shop/..%2f..%2fadmin.json", "shop/none.html", "%2e%2e/admin.json"]) {
			expect((await get(`${collector.url}/examples/${path}`)).status).toBe(404);
		}
	});
});
