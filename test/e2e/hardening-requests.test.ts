/**
 * Hostile requests at every address: always a documented answer below 500, and no memory kept of them.
 */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { expectDocumented, HOSTILE_BODIES, HOSTILE_JSON, HOSTILE_TEXTS } from "../support/hostile.ts";

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

function residentMb(): number {
	return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${collector.pid}/status`, "utf8"))?.[1]) / 1024;
}

/** What a person uses: Node's own name counts as a robot's. */
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

function post(path: string, body: BodyInit, key = collector.keys.secret): Promise<Response> {
	return fetch(collector.url + path, { method: "POST", headers: { ...authorise(key), "user-agent": BROWSER }, body });
}

describe("hostile addresses", () => {
	it.each([
		["GET", "/v1/profiles/"],
		["DELETE", "/v1/profiles/"],
		["GET", "/v1/erasures/"],
		["DELETE", "/v1/keys/"],
		["GET", "/v1/analyses/"],
		["GET", "/v1/projects/"],
		["GET", "/v1/"],
		["GET", "/"],
		["GET", "/strand-"],
		["GET", "/examples/"],
		["POST", "/v1/"],
		["PATCH", "/v1/"],
	])("%s %s… answers as documented, whatever follows", async (method, path) => {
		for (const text of HOSTILE_TEXTS) {
			for (const end of ["", "/settings", ".js"]) {
				const response = await fetch(`${collector.url}${path}${text}${end}`, {
					method,
					headers: authorise(collector.keys.secret),
					redirect: "manual",
				});
				await expectDocumented(response, `${method} ${path}${text}${end}`.slice(0, 200));
				expect(response.headers.get("x-evil")).toBeNull();
			}
		}
	});

	it("any key of any form is answered as documented", async () => {
		const { read, secret } = collector.keys;
		const keys = [
			...HOSTILE_TEXTS,
			read.slice(0, -1),
			`${read}x`,
			read.toUpperCase(),
			`x${secret}`,
			`wk_${"a".repeat(33)}_${"x".repeat(44)}`,
		];
		for (const key of keys) {
			for (const authorization of [`Bearer ${key}`, `Basic ${key}`, `Basic ${btoa(`${key}:`)}`, `Digest ${key}`, key]) {
				const response = await fetch(`${collector.url}/v1/status`, { headers: { authorization } });
				expect(response.status, authorization).toBe(401);
				await expectDocumented(response, authorization);
			}
			const response = await fetch(`${collector.url}/v1/batch?writeKey=${key}`, {
				method: "POST",
				body: '{"batch": []}',
			});
			expect(response.status, key).toBe(401);
			await expectDocumented(response, key);
		}
	});
});

/** Ways of other vendors' clients and one of our own, which no document promises; hardening-contract.test.ts plays the others. */
const POST_PATHS = ["b", "t", "p", "s", "i", "g", "a", "import"].map((path) => `/v1/${path}`);

describe("hostile bodies", () => {
	it.each(POST_PATHS)("POST %s answers as documented", async (path) => {
		for (const [name, body] of HOSTILE_BODIES) await expectDocumented(await post(path, body), `${path} ${name}`);
	});

	it("PUT /v1/settings answers as documented, and keeps its settings", async () => {
		const read = async () =>
			(await fetch(`${collector.url}/v1/settings`, { headers: authorise(collector.keys.read) })).json();
		const { settings } = (await read()) as { settings: object };
		const wrapped = HOSTILE_JSON.flatMap((json) => [
			`{"journey": ${json}}`,
			`{"journey": {"goals": ${json}}}`,
			`{"timeZone": ${json}}`,
		]);
		for (const body of [...HOSTILE_BODIES.map(([, body]) => body), ...wrapped]) {
			const response = await fetch(`${collector.url}/v1/settings`, {
				method: "PUT",
				headers: authorise(collector.keys.secret),
				body,
			});
			await expectDocumented(response, `settings ${String(body).slice(0, 60)}`);
		}
		expect(((await read()) as { settings: object }).settings).toEqual(settings);
	});

	it("POST /internal/workspaces stays shut", async () => {
		for (const [name, body] of HOSTILE_BODIES) {
			const response = await post("/internal/workspaces", body);
			expect(response.status, name).toBe(401);
			await expectDocumented(response, name);
		}
	});

	it("look-ups answer as documented, whatever the identifier", async () => {
		for (const json of HOSTILE_JSON) {
			for (const kind of ["userId", "email", "phone", "anonymousId", "openid:x", "ext:y", "__proto__", "constructor"]) {
				const body = `{${JSON.stringify(kind)}: ${json}}`;
				await expectDocumented(await post("/v1/profiles/lookup", body), body.slice(0, 80));
			}
		}
	});
});

describe("memory", () => {
	it("does not grow with hostile requests", async () => {
		const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
		const deep = `{"batch": [{"type": "page", "properties": ${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`;
		const round = async (count: number) => {
			for (let index = 0; index < count; index++) {
				await expectDocumented(await post("/v1/batch", bomb, collector.keys.write), "bomb");
				await expectDocumented(await post("/v1/batch", deep, collector.keys.write), "deep");
				await expectDocumented(await post("/v1/batch", "{}", `wk_main_${index}${"x".repeat(40)}`), "key");
			}
		};
		// The heap is as large as such requests make it before it is looked at.
		await round(100);
		const before = residentMb();
		await round(40);
		expect(residentMb() - before).toBeLessThan(30);
	});

	it("leaves a collector that serves as before", async () => {
		const last = { type: "page", messageId: "last", anonymousId: "good-last" };
		await expectDocumented(await post("/v1/page", JSON.stringify(last), collector.keys.write), "last");
		await settle(collector.url, collector.keys.read);
		const response = await fetch(`${collector.url}/v1/profiles?anonymousId=good-last`, {
			headers: authorise(collector.keys.read),
		});
		expect(await response.json()).toMatchObject({ touchpoints: [{ evidence: ["last"] }] });
	});
});
