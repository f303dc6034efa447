/** One person with very much, exported from a collector that has little room: its heap could not hold the chain. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const TOUCHES = 30_000;
const BATCH_EVENTS = 480;
const DEVICES = 3;
/** Of which the collector itself takes about 20; MB. */
const HEAP_MB_MAX = 64;
const START = Date.UTC(2026, 0, 1);
const FILL_MS_MAX = 300_000;

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector({ env: { HEAP_MB_MAX: String(HEAP_MB_MAX), BACKLOG_EVENTS_MAX: "1000000" } });
	for (let from = 0; from < TOUCHES; from += BATCH_EVENTS) {
		const batch = Array.from({ length: Math.min(BATCH_EVENTS, TOUCHES - from) }, (_, n) => touch(from + n));
		await postBatch(collector.url, collector.keys.secret, batch);
	}
	await settle(collector.url, collector.keys.read, FILL_MS_MAX);
}, FILL_MS_MAX);
afterAll(() => collector.stop());

/** A view every twenty seconds, on each of the devices in turn. */
function touch(n: number) {
	const page = { url: `https://shop.example/p${n % 40}`, path: `/p${n % 40}`, title: `Page ${n % 40}` };
	return {
		type: "page" as const,
		messageId: `m-${n}`,
		anonymousId: `device-${n % DEVICES}`,
		userId: "ada",
		originalTimestamp: new Date(START + n * 20_000).toISOString(),
		context: { page },
	};
}

async function exportRows(path: string): Promise<{ rows: number; headers: Headers }> {
	const response = await fetch(`${collector.url}/v1/${path}`, { headers: authorise(collector.keys.read) });
	expect(response.status).toBe(200);
	let rows = 0;
	for await (const chunk of response.body ?? []) for (const byte of chunk) if (byte === 10) rows++;
	return { rows, headers: response.headers };
}

async function exportLines(path: string): Promise<{ [field: string]: unknown }[]> {
	const response = await fetch(`${collector.url}/v1/${path}`, { headers: authorise(collector.keys.read) });
	return (await response.text())
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
}

describe("somebody with tens of thousands of touchpoints", () => {
	it.each([
		["touchpoints", TOUCHES],
		["touchpoints?format=csv&tz=Asia/Shanghai", TOUCHES + 1],
		["touchpoints?channel=web&from=2026-01-02", TOUCHES - 4320],
		["touchpoints?changedSince=0.0.0.0", TOUCHES],
		["events", TOUCHES],
		["journeys", 1],
		["profiles", 1],
	])("is exported whole in a small heap: %s", async (path, rows) => {
		expect((await exportRows(path)).rows).toBe(rows);
	});

	it.each(["touchpoints", "events"])("is exported as Parquet in a small heap: %s", async (table) => {
		await exportRows(`${table}?format=parquet`);
		const count = await fetch(`${collector.url}/v1/touchpoints?format=count`, {
			headers: authorise(collector.keys.read),
		});
		expect(await count.json()).toEqual({ rows: TOUCHES });
	});

	it("is shown as far as a journey's row goes, and the rest is said to be left out", async () => {
		const response = await fetch(`${collector.url}/v1/profiles?userId=ada`, {
			headers: authorise(collector.keys.read),
		});
		expect(response.status).toBe(200);
		const person = (await response.json()) as {
			touchpoints: { timestamp: string; device?: string }[];
			truncated: boolean;
		};
		const [row] = await exportLines("journeys");
		expect(person.truncated).toBe(true);
		expect(person.touchpoints).toHaveLength(10_000);
		expect(person.touchpoints.every(({ device }) => device !== undefined)).toBe(true);
		expect(person).toMatchObject({ lastTouchAt: row?.lastTouchAt, stage: row?.stage, identities: row?.identities });
	});

	it("is told whole by a page of the change feed, whose cursor then leads on", async () => {
		const { rows, headers } = await exportRows("touchpoints?changedSince=0.0.0.0&limit=100");
		expect(rows).toBe(TOUCHES);
		const next = headers.get("x-strand-cursor");
		expect((await exportRows(`touchpoints?changedSince=${next}`)).rows).toBe(0);
	});
});
