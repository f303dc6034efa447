/**
 * Every operation of `/openapi.json` with hostile input in each place that the document gives it: path, query and
 * body. A route that the document gains is played here from the day that it does.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise } from "../support/api.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { expectDocumented, HOSTILE_BODIES, HOSTILE_TEXTS } from "../support/hostile.ts";

interface Operation {
	parameters?: { name: string; in: string }[];
	requestBody?: object;
	responses: { [status: string]: { content?: { [type: string]: object } } };
}

/** Names that no operation asks for, beside its own. */
const UNASKED = ["x", "__proto__"];
const AT_ONCE = 8;

let collector: RunningCollector;
let operations: { method: string; path: string; operation: Operation }[];

beforeAll(async () => {
	collector = await startCollector();
	const document = (await (await fetch(`${collector.url}/openapi.json`)).json()) as {
		paths: { [path: string]: { [method: string]: Operation } };
	};
	operations = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
	);
});
afterAll(() => collector.stop());

interface Attempt {
	method: string;
	path: string;
	url: string;
	body?: BodyInit;
	operation: Operation;
}

/** Plays all, and expects of each answer that the document knows its status and its type. */
async function play(attempts: Attempt[]): Promise<void> {
	const left = [...attempts];
	const unknown = new Set<string>();
	const work = async () => {
		for (let attempt = left.pop(); attempt !== undefined; attempt = left.pop()) {
			const { method, path, url, body, operation } = attempt;
			const response = await fetch(collector.url + url, {
				method,
				headers: authorise(collector.keys.secret),
				redirect: "manual",
				...(body !== undefined && { body }),
			});
			const what = `${method} ${url.slice(0, 200)}`;
			await expectDocumented(response, what);
			const type = response.headers.get("content-type")?.split(";")[0] ?? "";
			const types = Object.keys(operation.responses[response.status]?.content ?? { [type]: {} });
			const isKnown = response.status in operation.responses && types.some((one) => one.split(";")[0] === type);
			if (!isKnown) unknown.add(`${method} ${path} ${response.status} ${type}`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	expect([...unknown].sort()).toEqual([]);
}

/** The path with something harmless in its places. */
function fill(path: string, text = "AAAAAAAAAAAAAAAAAAAAAA"): string {
	return path.replaceAll(/\{\w+\}/g, text);
}

describe("every operation of the contract", () => {
	it("is there to be played", () => {
		expect(operations.length).toBeGreaterThan(45);
		expect(operations.filter(({ operation }) => operation.requestBody).length).toBeGreaterThan(12);
	});

	it("answers as documented, whatever stands in its path", async () => {
		const places = operations.filter(({ path }) => path.includes("{"));
		expect(places.length).toBeGreaterThan(5);
		await play(
			places.flatMap(({ method, path, operation }) =>
				// A dot segment or nothing would be another path.
				HOSTILE_TEXTS.filter((text) => !["", " "].includes(text)).map((text) => ({
					method,
					path,
					url: fill(path, text),
					operation,
				})),
			),
		);
	});

	it("answers as documented, whatever stands in its query", async () => {
		await play(
			operations.flatMap(({ method, path, operation }, turn) => {
				const asked = (operation.parameters ?? []).filter((one) => one.in === "query").map(({ name }) => name);
				return [...asked, ...UNASKED].flatMap((name, place) =>
					// Half of them each: parameters of one name are read by one function.
					HOSTILE_TEXTS.filter((_, index) => (turn + place + index) % 2 === 0).map((text) => ({
						method,
						path,
						url: `${fill(path)}?${encodeURIComponent(name)}=${text}`,
						operation,
					})),
				);
			}),
		);
	});

	it("answers as documented, whatever stands in its body", async () => {
		await play(
			operations
				.filter(({ operation }) => operation.requestBody !== undefined)
				.flatMap(({ method, path, operation }) =>
					HOSTILE_BODIES.map(([, body]) => ({ method, path, url: fill(path), body, operation })),
				),
		);
	});

	it("leaves a collector that serves and holds nothing back", async () => {
		const response = await fetch(`${collector.url}/v1/status`, { headers: authorise(collector.keys.read) });
		expect(await response.json()).toMatchObject({ stuck: 0, errors: [] });
	});
});
