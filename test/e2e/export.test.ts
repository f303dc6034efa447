/** Exports of a running collector, read back by DuckDB and by hand. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { shopWeek } from "../support/shop-week.ts";

type Row = { [column: string]: unknown };

const TABLES = ["journeys", "touchpoints", "sessions", "profiles", "identities"];
const PEOPLE = 60;

let collector: RunningCollector;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-export-"));
	collector = await startCollector();
	await postBatch(collector.url, collector.keys.secret, shopWeek(PEOPLE));
	await settle(collector.url, collector.keys.read);
});

afterAll(async () => {
	await collector.stop();
	await rm(folder, { recursive: true, force: true });
});

async function get(path: string): Promise<Response> {
	return fetch(collector.url + path, { headers: authorise(collector.keys.read) });
}

async function bytes(path: string): Promise<Uint8Array> {
	const response = await get(path);
	const body = new Uint8Array(await response.arrayBuffer());
	if (response.status !== 200) throw new Error(`${path}: ${response.status} ${new TextDecoder().decode(body)}`);
	return body;
}

async function rows(path: string): Promise<Row[]> {
	const text = new TextDecoder().decode(await bytes(path));
	return text === ""
		? []
		: text
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line) as Row);
}

/** Every cell as text, nested ones as sorted JSON: what is left to differ is the values. */
async function queryRows(source: string, columns: readonly string[]): Promise<string[]> {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	await connection.run("SET TimeZone = 'UTC'");
	const list = columns.map((name) => `"${name}"`).join(", ");
	const reader = await connection.runAndReadAll(`SELECT ${list} FROM ${source}`);
	const found = reader.getRowObjectsJson().map((row) => columns.map((name) => plain(row[name])).join("|"));
	connection.closeSync();
	instance.closeSync();
	return found.sort();
}

function plain(value: unknown): string {
	if (value === null || value === undefined) return "";
	return typeof value === "string" ? value : JSON.stringify(value);
}

describe("exports", () => {
	it("tell the columns of every table, with the units of amounts", async () => {
		const { tables } = (await (await get("/v1/schema")).json()) as {
			tables: { name: string; columns: { name: string; type: string; unit?: string; description: string }[] }[];
		};
		expect(tables.map(({ name }) => name).sort()).toEqual([...TABLES, "events"].sort());
		const amount = tables
			.find(({ name }) => name === "touchpoints")
			?.columns.find(({ name }) => name === "valueAmount");
		expect(amount).toMatchObject({ type: "integer", unit: "minor units" });
		expect(tables.flatMap(({ columns }) => columns).filter(({ description }) => description === "")).toEqual([]);
	});

	it.each([...TABLES, "events"])("give %s no field that the schema does not have", async (table) => {
		const schema = (await (await get("/v1/schema")).json()) as { tables: { name: string; columns: Row[] }[] };
		const known = new Set(schema.tables.find(({ name }) => name === table)?.columns.map(({ name }) => name));
		const found = await rows(`/v1/${table}`);
		expect(found.length).toBeGreaterThan(0);
		// Raw events are as sent: what has no column of its own stands in `rest` of CSV and Parquet.
		if (table !== "events")
			expect(found.flatMap((row) => Object.keys(row)).filter((name) => !known.has(name))).toEqual([]);
	});

	it.each([
		[
			"touchpoints",
			["id", "profileId", "channel", "type", "source", "pageTitle", "valueAmount", "scoreValue", "effective"],
		],
		["sessions", ["id", "profileId", "views", "entryPage", "bounce"]],
		["profiles", ["profileId", "stage", "touchpointCount"]],
		["identities", ["hash", "kind", "value", "profileId", "rule"]],
		["events", ["messageId", "type", "profileId", "userId"]],
	])("give DuckDB equal %s in NDJSON, CSV and Parquet", async (table, columns) => {
		const files: string[] = [];
		for (const format of ["ndjson", "csv", "parquet"]) {
			const file = join(folder, `${table}.${format}`);
			await writeFile(file, await bytes(`/v1/${table}?format=${format}`));
			files.push(file);
		}
		const [ndjson = "", csv = "", parquet = ""] = files;
		const expected = (await rows(`/v1/${table}`))
			.map((row) => columns.map((name) => plain(row[name])).join("|"))
			.sort();
		expect(expected.length).toBeGreaterThan(PEOPLE / 2);
		const text = columns.map((name) => `'${name}': 'VARCHAR'`).join(", ");
		expect(await queryRows(`read_json('${ndjson}', format='newline_delimited')`, columns)).toEqual(expected);
		expect(await queryRows(`read_csv('${csv}', header=true, quote='"', escape='"', types={${text}})`, columns)).toEqual(
			expected,
		);
		const fromParquet = await queryRows(`(SELECT * FROM '${parquet}')`, columns);
		expect(fromParquet).toEqual(expected);
	});

	it("type Parquet's columns, with times as UTC instants whatever the zone asked for", async () => {
		const file = join(folder, "typed.parquet");
		await writeFile(file, await bytes("/v1/touchpoints?format=parquet&tz=Asia/Shanghai"));
		const instance = await DuckDBInstance.create(":memory:");
		const connection = await instance.connect();
		const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${file}'`);
		const types = new Map(described.getRowObjectsJson().map((row) => [row.column_name, row.column_type]));
		expect(types.get("timestamp")).toMatch(/^TIMESTAMP/);
		expect(types.get("valueAmount")).toBe("BIGINT");
		expect(types.get("scoreValue")).toBe("DOUBLE");
		expect(types.get("effective")).toBe("BOOLEAN");
		expect(types.get("evidence")).toBe("JSON");
		const first = await connection.runAndReadAll(
			`SELECT min(epoch_ms(timestamp::TIMESTAMP))::BIGINT AS first FROM '${file}'`,
		);
		const times = (await rows("/v1/touchpoints")).map(({ timestamp }) => Date.parse(String(timestamp)));
		expect(Number(first.getRowObjectsJson()[0]?.first)).toBe(Math.min(...times));
		connection.closeSync();
	});

	it("write Parquet that has its columns even without rows", async () => {
		const file = join(folder, "empty.parquet");
		await writeFile(file, await bytes("/v1/touchpoints?format=parquet&channel=store"));
		expect(await queryRows(`(SELECT * FROM '${file}')`, ["profileId", "timestamp"])).toEqual([]);
	});

	it("defuse formulas for Excel, mark UTF-8, and leave numbers and plain CSV alone", async () => {
		const excel = Buffer.from(await bytes("/v1/touchpoints?format=csv&csv=excel&tz=Asia/Shanghai")).toString("utf8");
		expect(excel.startsWith("\uFEFFprofileId,")).toBe(true);
		expect(excel).toContain(`"'=HYPERLINK(""http://x"")"`);
		expect(excel).toMatch(/,2026-03-\d\d \d\d:\d\d:\d\d\.\d{3},/);
		const usual = Buffer.from(await bytes("/v1/touchpoints?format=csv")).toString("utf8");
		expect(usual).toContain(`"=HYPERLINK(""http://x"")"`);
		expect(usual).not.toContain("'=HYPERLINK");
		expect(usual.split("\r\n").at(-1)).toBe("");
	});

	it.each(["touchpoints", "events"])("write times of %s in the zone asked for, the same instants", async (table) => {
		const [utc = {}] = await rows(`/v1/${table}?limit=1`);
		const [local = {}] = await rows(`/v1/${table}?limit=1&tz=Asia/Shanghai`);
		expect(String(local.timestamp)).toMatch(/\+08:00$/);
		expect(Date.parse(String(local.timestamp))).toBe(Date.parse(String(utc.timestamp)));
	});

	it.each([
		["touchpoints", 7],
		["sessions", 5],
		["journeys", 4],
		["identities", 3],
		["events", 11],
	])("give every one of the %s once, page by page", async (table, limit) => {
		const whole = (await rows(`/v1/${table}`)).map((row) => JSON.stringify(row));
		const paged: string[] = [];
		let path: string | null = `/v1/${table}?limit=${limit}`;
		while (path !== null) {
			const response: Response = await get(path);
			const lines = (await response.text()).split("\n").filter((line) => line !== "");
			expect(lines.length).toBeLessThanOrEqual(limit);
			paged.push(...lines);
			path = /^<(.*)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1] ?? null;
		}
		expect(paged).toEqual(whole);
	});

	it("count what they would give", async () => {
		for (const table of TABLES) {
			const { rows: count } = (await (await get(`/v1/${table}?format=count&converted=1`)).json()) as { rows: number };
			expect(count).toBe((await rows(`/v1/${table}?converted=1`)).length);
		}
	});

	it("map the same identifiers as the chains show", async () => {
		const found = await rows("/v1/identities");
		expect(found).toEqual(await rows("/v1/identities?from=1990-01-01"));
		const shown = (await rows("/v1/journeys")).flatMap(({ profileId, identities }) =>
			(identities as Row[]).map(({ kind, hash, value }) => ({ profileId, kind, hash, value })),
		);
		expect(found.map(({ profileId, kind, hash, value }) => ({ profileId, kind, hash, value }))).toEqual(shown);
	});

	it("filter by time, channel, conversion and profile", async () => {
		const all = await rows("/v1/touchpoints");
		const middle = String(all.map(({ timestamp }) => timestamp).sort()[Math.floor(all.length / 2)]);
		const before = await rows(`/v1/touchpoints?to=${middle}`);
		const after = await rows(`/v1/touchpoints?from=${middle}`);
		expect(before.length).toBeGreaterThan(0);
		expect(before.every(({ timestamp }) => String(timestamp) < middle)).toBe(true);
		expect(before.length + after.length).toBe(all.length);
		const calls = await rows("/v1/touchpoints?channel=phone");
		expect(calls).toHaveLength(4);
		expect(calls.every(({ channel, durationMs }) => channel === "phone" && durationMs === 65_000)).toBe(true);
		const buyers = await rows("/v1/profiles?converted=1");
		const others = await rows("/v1/profiles?converted=0");
		expect(buyers.length + others.length).toBe((await rows("/v1/profiles")).length);
		const one = String(calls[0]?.profileId);
		expect(new Set((await rows(`/v1/touchpoints?profile=${one}`)).map(({ profileId }) => profileId))).toEqual(
			new Set([one]),
		);
	});

	it("find people by stage, campaign and path, as the analyses see them", async () => {
		const all = await rows("/v1/journeys");
		const people = async (query: string) => (await rows(`/v1/journeys?${query}`)).map(({ profileId }) => profileId);
		for (const stage of ["awareness", "purchase"]) {
			const wanted = all.filter((one) => one.stage === stage).map(({ profileId }) => profileId);
			expect(wanted.length).toBeGreaterThan(0);
			expect(await people(`stage=${stage}`)).toEqual(wanted);
		}
		type PathRow = { steps: string[]; journeys: number; conversions: number };
		const answer = await (await get("/v1/analyses/paths?transform=exposure&limit=500")).json();
		const paths = (answer as { rows: PathRow[] }).rows;
		expect(paths.length).toBeGreaterThan(3);
		for (const { steps, journeys, conversions } of paths.slice(0, 5)) {
			const path = encodeURIComponent(steps.join(" > "));
			const begun = paths.filter((one) => steps.every((step, index) => one.steps[index] === step));
			const [any, converted, open] = await Promise.all(
				["any", "converted", "open"].map(async (end) => (await people(`path=${path}&pathEnd=${end}`)).length),
			);
			// A person may walk a path twice, and so counts there more often than here.
			expect(any).toBeGreaterThan(0);
			expect(any).toBeLessThanOrEqual(begun.reduce((sum, one) => sum + one.journeys, 0));
			expect(Math.sign(converted ?? 0)).toBe(Math.sign(conversions));
			expect(open).toBe(journeys - conversions);
		}
		expect(await people("campaign=none-such")).toEqual([]);
		const buyers = (await rows("/v1/journeys?converted=1&stage=purchase")).map(({ profileId }) => profileId);
		expect(buyers).toEqual(
			all
				.filter(({ stage, conversions }) => stage === "purchase" && (conversions as object[]).length > 0)
				.map(({ profileId }) => profileId),
		);
		const page = await get("/v1/journeys?limit=5");
		expect(Number(page.headers.get("x-strand-progress"))).toBeGreaterThan(0);
		expect(Number(page.headers.get("x-strand-progress"))).toBeLessThan(1);
	});

	it("show a robot's visits only where they are asked for, but always in the log", async () => {
		const userAgent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
		const page = { url: "https://shop.example/robots-only" };
		const visit = { type: "page", messageId: "robot-1", anonymousId: "robot", context: { userAgent, page } } as const;
		await postBatch(collector.url, collector.keys.secret, [visit]);
		await settle(collector.url, collector.keys.read);
		const tells = async (path: string) => (await (await get(path)).text()).includes("robot");
		for (const table of ["journeys", "touchpoints", "sessions", "profiles", "identities"]) {
			expect(await tells(`/v1/${table}`), table).toBe(false);
			expect(await tells(`/v1/${table}?bots=1`), table).toBe(true);
		}
		expect(await tells("/v1/events")).toBe(true);
		expect(await tells("/v1/analyses/landings")).toBe(false);
		expect(await tells("/v1/analyses/landings?bots=1&limit=1000")).toBe(true);
	});

	it("give events of one type", async () => {
		const tracks = (await rows("/v1/events")).filter(({ type }) => type === "track");
		expect(tracks.length).toBeGreaterThan(0);
		expect(await rows("/v1/events?type=track")).toEqual(tracks);
	});

	it.each([
		["/v1/journeys?stage=later", "stage"],
		["/v1/journeys?pathEnd=open", "pathEnd"],
		["/v1/touchpoints?stage=purchase", "stage"],
		["/v1/events?type=click", "type"],
		["/v1/touchpoints?format=xml", "format"],
		["/v1/touchpoints?csv=tabs", "csv"],
		["/v1/touchpoints?fromm=2026-01-01", "fromm"],
		["/v1/touchpoints?from=yesterday", "from"],
		["/v1/touchpoints?from=2026-02-01&to=2026-01-01", "to"],
		["/v1/touchpoints?tz=Mars/Olympus", "tz"],
		["/v1/touchpoints?limit=0", "limit"],
		["/v1/touchpoints?bots=maybe", "bots"],
		["/v1/journeys?cursor=eyJhIjoxfQ", "cursor"],
		["/v1/journeys?changedSince=1", "changedSince"],
		["/v1/journeys?changedSince=9999.9999.9999.9999", "changedSince"],
		["/v1/events?channel=web", "channel"],
		["/v1/sessions?format=count&limit=3", "format"],
	])("refuse %s and name the parameter", async (path, field) => {
		const response = await get(path);
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { code: "bad_parameter", field } });
	});

	it("need a key that may read", async () => {
		const response = await fetch(`${collector.url}/v1/touchpoints`, { headers: authorise(collector.keys.write) });
		expect(response.status).toBe(401);
	});
});
