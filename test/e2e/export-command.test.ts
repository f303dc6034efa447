/** `strand export`: files equal to what the collector answers, also after a break. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { nextMillisecond } from "../support/eventually.ts";
import { shopWeek } from "../support/shop-week.ts";

const CLI = join(import.meta.dirname, "..", "..", "collector", "node", "cli.ts");
let collector: RunningCollector;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-export-"));
	collector = await startCollector();
	await postBatch(collector.url, collector.keys.secret, shopWeek(40, 3));
	await settle(collector.url, collector.keys.read);
});
afterAll(async () => {
	await collector.stop();
	await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number; err: string }> {
	const env = { ...process.env, STRAND_URL: collector.url, STRAND_KEY: collector.keys.read };
	return new Promise((resolve) => {
		execFile(process.execPath, [CLI, "export", ...args], { env }, (error, _, err) => {
			resolve({ code: error === null ? 0 : Number(error.code), err });
		});
	});
}

async function answer(path: string): Promise<string> {
	const response = await fetch(collector.url + path, { headers: authorise(collector.keys.read) });
	return response.text();
}

describe("strand export", () => {
	it("writes what the collector answers, in small pages", async () => {
		const out = join(folder, "touchpoints.ndjson");
		const { code, err } = await run("touchpoints", "--out", out, "--page-rows", "7");
		expect(code).toBe(0);
		expect(err).toMatch(/\d+ rows in .*changedSince=\d/);
		expect(await readFile(out, "utf8")).toBe(await answer("/v1/touchpoints"));
		expect(existsSync(`${out}.part`) || existsSync(`${out}.part.json`)).toBe(false);
	});

	it("writes the same CSV as the collector", async () => {
		const out = join(folder, "sessions.csv");
		expect((await run("sessions", "--out", out, "--tz", "Asia/Shanghai")).code).toBe(0);
		expect(await readFile(out, "utf8")).toBe(await answer("/v1/sessions?format=csv&tz=Asia/Shanghai"));
	});

	it("writes the same file for Excel as the collector, times as a spreadsheet reads them", async () => {
		const out = join(folder, "touchpoints.csv");
		expect((await run("touchpoints", "--out", out, "--excel", "--tz", "Asia/Shanghai")).code).toBe(0);
		const file = await readFile(out, "utf8");
		expect(file).toMatch(/,2026-03-\d\d \d\d:\d\d:\d\d\.\d{3},/);
		// As text a fetch would take the byte order mark away.
		const path = `${collector.url}/v1/touchpoints?format=csv&csv=excel&tz=Asia/Shanghai`;
		const whole = await (await fetch(path, { headers: authorise(collector.keys.read) })).arrayBuffer();
		expect(file).toBe(Buffer.from(whole).toString("utf8"));
	});

	it("goes on after a break with what it has", async () => {
		const out = join(folder, "broken.ndjson");
		const whole = await answer("/v1/touchpoints");
		const first = await fetch(`${collector.url}/v1/touchpoints?&limit=10`, { headers: authorise(collector.keys.read) });
		const text = await first.text();
		const state = {
			query: "/v1/touchpoints?",
			next: first.headers.get("x-strand-next"),
			rows: 10,
			bytes: Buffer.byteLength(text),
			changes: first.headers.get("x-strand-cursor"),
			isDone: false,
		};
		// As a kill in the middle of the second page leaves it.
		await writeFile(`${out}.part`, `${text}{"half":`);
		await writeFile(`${out}.part.json`, JSON.stringify(state));
		const { code, err } = await run("touchpoints", "--out", out, "--page-rows", "10");
		expect(err).toContain("going on after 10 rows");
		expect(code).toBe(0);
		expect(await readFile(out, "utf8")).toBe(whole);
	});

	it("writes Parquet that counts as many rows as the collector", async () => {
		const out = join(folder, "journeys.parquet");
		expect((await run("--format", "parquet", "--out", out)).code).toBe(0);
		const instance = await DuckDBInstance.create(":memory:");
		const connection = await instance.connect();
		const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS n FROM '${out}'`);
		const { rows } = JSON.parse(await answer("/v1/journeys?format=count")) as { rows: number };
		expect(reader.getRowObjectsJson()[0]?.n).toBe(rows);
		connection.closeSync();
	});

	it("writes a whole table as it was known on a date, from before people merged", async () => {
		const consent = {
			type: "consent",
			messageId: "said",
			anonymousId: "device-4-1",
			traits: { analytics: true },
		} as const;
		await postBatch(collector.url, collector.keys.secret, [consent]);
		await settle(collector.url, collector.keys.read);
		const tables = ["touchpoints", "identities", "events"];
		const before = await Promise.all(tables.map((table) => answer(`/v1/${table}`)));
		const until = new Date().toISOString();
		await nextMillisecond();
		const sorted = (text: string) => text.split("\n").sort();
		const at = new Date(Date.now() - 3600_000).toISOString();
		const devices = ["device-3-1", "device-3-2"];
		await postBatch(
			collector.url,
			collector.keys.secret,
			devices.map((anonymousId) => ({
				type: "identify",
				messageId: `late-${anonymousId}`,
				anonymousId,
				userId: "one-person",
				originalTimestamp: at,
			})),
		);
		await settle(collector.url, collector.keys.read);
		const out = join(folder, "as-of.ndjson");
		const asOf = (table: string, at: string) => run(table, "--out", out, "--as-of", at, "--data", collector.dataDir);
		for (const [index, table] of tables.entries()) {
			expect(sorted(await answer(`/v1/${table}`)), table).not.toEqual(sorted(before[index] ?? ""));
			expect(await asOf(table, until)).toMatchObject({ code: 0, err: expect.stringContaining(until) });
			expect(sorted(await readFile(out, "utf8")), table).toEqual(sorted(before[index] ?? ""));
		}
		for (const table of ["journeys", "events"]) {
			expect((await asOf(table, new Date().toISOString())).code).toBe(0);
			expect(sorted(await readFile(out, "utf8")), table).toEqual(sorted(await answer(`/v1/${table}`)));
		}
	});

	it("says what is wrong in one line", async () => {
		const { code, err } = await run("touchpoints", "--out", join(folder, "x"), "--from", "never");
		expect(code).toBe(1);
		expect(err).toContain("from: Not a time");
		expect((await run("tables", "--out", join(folder, "y"))).code).toBe(2);
	});
});
