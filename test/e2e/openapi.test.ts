/** `/openapi.json` against the collector itself: every route is in it, and answers are what it says. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { shopWeek } from "../support/shop-week.ts";

interface Operation {
	parameters: { name: string; in: string }[];
	responses: { [status: string]: { content?: { [type: string]: { schema: { $ref?: string } } } } };
}
interface Document {
	openapi: string;
	paths: { [path: string]: { [method: string]: Operation } };
	components: { schemas: object };
}

/** Ways of other vendors' clients, ways of our own machinery, and what all paths share. */
const NOT_PUBLIC =
	/^\/(\*|internal\/.*|dashboard.*|examples.*|v1\/(b|t|p|s|i|g|a|import|projects.*)|beacon.*|sourceConfig.*|rudder.*|v1p1.*)$/;

let collector: RunningCollector;
let document: Document;
let ajv: Ajv2020;
const validators = new Map<string, ValidateFunction>();

beforeAll(async () => {
	collector = await startCollector();
	await postBatch(collector.url, collector.keys.secret, shopWeek(40, 4));
	await settle(collector.url, collector.keys.read);
	document = (await (await fetch(`${collector.url}/openapi.json`)).json()) as Document;
	ajv = new Ajv2020({ strict: false, allErrors: true });
	addFormats.default(ajv);
	ajv.addSchema({ $id: "contract", components: document.components });
});
afterAll(() => collector.stop());

function ask(path: string, init: RequestInit = {}): Promise<Response> {
	return fetch(collector.url + path, { ...init, headers: { ...authorise(collector.keys.secret), ...init.headers } });
}

/** Faults of a value against what the document says of that answer. */
function faults(path: string, method: string, status: number, type: string, value: unknown): string[] {
	const types = document.paths[path]?.[method]?.responses[status]?.content ?? {};
	const found = Object.entries(types).find(([name]) => name.split(";")[0] === type.split(";")[0]);
	if (found === undefined) return [`${method} ${path} says nothing of ${status} ${type}`];
	const schema = JSON.stringify(found[1].schema).replaceAll("#/components", "contract#/components");
	// Compiled once: a table has one schema and many lines.
	const validate = validators.get(schema) ?? ajv.compile(JSON.parse(schema) as object);
	validators.set(schema, validate);
	return validate(value)
		? []
		: (validate.errors ?? []).map(({ instancePath, message }) => `${path} ${instancePath} ${message}`);
}

async function check(path: string, init: RequestInit = {}, template = path.split("?")[0] ?? ""): Promise<number> {
	const response = await ask(path, init);
	const type = response.headers.get("content-type") ?? "";
	const method = (init.method ?? "GET").toLowerCase();
	const body = await response.text();
	const values = type.includes("ndjson") ? body.trimEnd().split("\n") : [body];
	expect(values.flatMap((one) => faults(template, method, response.status, type, JSON.parse(one)))).toEqual([]);
	return response.status;
}

describe("/openapi.json", () => {
	it("has every route of the collector", async () => {
		const file = pathToFileURL(join(import.meta.dirname, "..", "..", "collector", "app.ts")).href;
		const { app } = (await import(file)) as { app: { routes: { method: string; path: string }[] } };
		const routes = app.routes
			.filter(({ method, path }) => !["ALL", "OPTIONS"].includes(method) && !NOT_PUBLIC.test(path))
			.map(
				({ method, path }) =>
					`${method.toLowerCase()} ${path
						.replace(":file{[^/]+\\.svg}", "{code}.svg")
						.replace(/:(\w+)\{.*\}/, "{$1}")
						.replace(/:(\w+)/g, "{$1}")}`,
			)
			.map((route) => route.replace("/{file}", "/strand.js"));
		expect(routes.length).toBeGreaterThan(40);
		expect(
			[...new Set(routes)].filter((route) => {
				const [method = "", path = ""] = route.split(" ");
				return document.paths[path]?.[method] === undefined;
			}),
		).toEqual([]);
	});

	it.each(["journeys", "touchpoints", "sessions", "identities", "profiles", "events"])(
		"is right about %s",
		async (table) => {
			expect(await check(`/v1/${table}`)).toBe(200);
			expect(await check(`/v1/${table}?format=count`)).toBe(200);
			expect(await check(`/v1/${table}?nonsense=1`, {}, `/v1/${table}`)).toBeGreaterThanOrEqual(400);
		},
	);

	it("is right about every analysis, and names its parameters", async () => {
		const analyses = Object.keys(document.paths).filter((path) => path.startsWith("/v1/analyses/"));
		expect(analyses).toHaveLength(12);
		for (const path of analyses) {
			expect(await check(`${path}${path.endsWith("funnel") ? "?stages=page_viewed" : ""}`)).toBe(200);
			const refused = await ask(`${path}?nonsense=1`);
			const { error } = (await refused.json()) as { error: { message: string } };
			const known = /Known: (.*)\.$/.exec(error.message)?.[1]?.split(", ") ?? [];
			const told = document.paths[path]?.get?.parameters.map(({ name }) => name) ?? [];
			expect([...told].sort()).toEqual([...new Set(known)].sort());
		}
	});

	it("says of every parameter what it means", async () => {
		const { paths } = (await (await fetch(`${collector.url}/openapi.json`)).json()) as {
			paths: {
				[path: string]: { [method: string]: { parameters?: { name: string; in: string; description?: string }[] } };
			};
		};
		const all = Object.values(paths).flatMap((methods) =>
			Object.values(methods).flatMap((call) => call.parameters ?? []),
		);
		expect(all.length).toBeGreaterThan(100);
		expect(all.filter((one) => one.in === "query" && !one.description).map(({ name }) => name)).toEqual([]);
	});

	/** No value of these can be wrong in itself: a name, a label or a text that is looked for. */
	const FREE = /^(profile|channel|stage|campaign|type|goal|direct|lead|opportunity|stages|path|writeKey|code|name)$/;

	/** Calls that read, as the document has them, with something in the place of `{id}`. */
	const reading = () =>
		Object.entries(document.paths).flatMap(([path, { get }]) =>
			get === undefined || !path.startsWith("/v1/") ? [] : [{ path, url: path.replace(/\{\w+\}/g, "x"), get }],
		);

	it("has no call that reads and takes an unknown parameter", async () => {
		expect(reading().length).toBeGreaterThan(25);
		const taken: string[] = [];
		// There any name is a kind of identifier.
		for (const { path, url } of reading().filter((one) => one.path !== "/v1/profiles")) {
			const response = await ask(`${url}?nonsense=1`);
			const { error } = (await response.json()) as { error?: { code: string; field?: string } };
			if (response.status !== 400 || error?.field !== "nonsense") taken.push(`${path} ${response.status}`);
		}
		expect(taken).toEqual([]);
	});

	it("has no parameter that takes nonsense for a value, and the refusal names it", async () => {
		const taken: string[] = [];
		let tried = 0;
		for (const { path, url, get } of reading()) {
			for (const { name, in: place } of get.parameters) {
				if (place !== "query" || FREE.test(name)) continue;
				tried++;
				const response = await ask(`${url}?${path.endsWith("funnel") ? "stages=page_viewed&" : ""}${name}=%00nonsense`);
				const body = (await response.json().catch(() => ({}))) as { error?: { code: string; field?: string } };
				if (response.status !== 400 || body.error?.field !== name)
					taken.push(`${path} ${name} ${response.status} ${body.error?.field}`);
			}
		}
		expect(taken).toEqual([]);
		expect(tried).toBeGreaterThan(100);
	});

	it("is right about single answers, good and bad", async () => {
		const body = (value: unknown, method = "POST") => ({ method, body: JSON.stringify(value) });
		for (const path of [
			"/v1/status",
			"/v1/rejections",
			"/v1/senders",
			"/v1/erasures",
			"/v1/schema",
			"/v1/keys",
			"/v1/settings",
		]) {
			expect(await check(path)).toBe(200);
		}
		expect(await check("/v1/batch", body({ batch: [{ type: "page", anonymousId: "a" }, { type: "odd" }] }))).toBe(200);
		expect(await check("/v1/batch", { method: "POST", body: "{" })).toBe(400);
		expect(await check("/v1/track", body({ event: "x", userId: "u" }))).toBe(200);
		expect(await check("/v1/profiles/lookup", body({ userId: "customer-4-15" }))).toBe(200);
		expect(await check("/v1/profiles/lookup", body({ userId: "nobody" }))).toBe(404);
		const profile = (await (await ask("/v1/profiles?limit=1")).json()) as { profileId: string };
		expect(await check(`/v1/profiles/${profile.profileId}`, {}, "/v1/profiles/{id}")).toBe(200);
		expect(await check(`/v1/profiles/nobody`, {}, "/v1/profiles/{id}")).toBe(404);
		expect(await check(`/v1/profiles/${profile.profileId}/known`, {}, "/v1/profiles/{id}/known")).toBe(200);
		expect(await check("/v1/profiles/nobody/known", {}, "/v1/profiles/{id}/known")).toBe(404);
		expect(await check("/v1/analyses/heatmap?progress=1")).toBe(200);
		expect(await check("/v1/keys", body({ kind: "read", name: "t" }))).toBe(201);
		expect(await check("/v1/settings", body({ timeZone: "Asia/Shanghai" }, "PUT"))).toBe(200);
		expect(await check("/v1/plan")).toBe(200);
		expect(await check("/v1/plan", body({ events: { X: { required: ["a"] } } }, "PUT"))).toBe(200);
		expect(await check("/v1/track", body({ event: "X", userId: "u" }))).toBe(200);
		expect(await check("/v1/plan/warnings?days=2", {}, "/v1/plan/warnings")).toBe(200);
		expect(await check("/v1/plan", body({ events: [] }, "PUT"))).toBe(400);
		expect(await check("/v1/links", body({ url: "https://shop.example/", staff: "wang" }))).toBe(201);
		const { links } = (await (await ask("/v1/links")).json()) as { links: { code: string }[] };
		expect(await check("/v1/links?limit=1", {}, "/v1/links")).toBe(200);
		const link = `/v1/links/${links[0]?.code}`;
		expect(await check(link, {}, "/v1/links/{code}")).toBe(200);
		expect(await check(`${link}/shares`, body({ userId: "u" }), "/v1/links/{code}/shares")).toBe(200);
		expect(await check(`${link}/shares`, body({}), "/v1/links/{code}/shares")).toBe(400);
		const csv = {
			headers: { "content-type": "text/csv" },
			method: "POST",
			body: "phone,time\n13812345678,2026-01-01\n1,2\n",
		};
		expect(await check("/v1/imports?template=calls&tz=UTC&dryRun=1", csv)).toBe(200);
		expect(await check("/v1/imports?template=calls&tz=UTC", csv)).toBe(422);
		expect(await check("/v1/imports?template=calls&tz=UTC&skipErrors=1", csv)).toBe(200);
		expect(await check("/v1/imports?template=calls&tz=UTC&skipErrors=1&progress=1", csv)).toBe(200);
		const erased = (await (await ask(`/v1/profiles/${profile.profileId}`, { method: "DELETE" })).json()) as {
			receipt: string;
		};
		expect(await check(`/v1/erasures/${erased.receipt}`, {}, "/v1/erasures/{receipt}")).toBe(200);
	});
});
