/** The analyses against plain SQL over our own Parquet export: DuckDB shares no line of code with us. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { shopWeek } from "../support/shop-week.ts";

type Row = { [column: string]: unknown };

const PEOPLE = 150;
/** 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

let collector: RunningCollector;
let folder: string;
let sql: DuckDBConnection;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-sql-"));
	collector = await startCollector();
	const events = shopWeek(PEOPLE, 3);
	for (let at = 0; at < events.length; at += 500) {
		await postBatch(collector.url, collector.keys.secret, events.slice(at, at + 500));
	}
	await settle(collector.url, collector.keys.read);
	const file = join(folder, "touchpoints.parquet");
	const response = await get("/v1/touchpoints?format=parquet");
	await writeFile(file, new Uint8Array(await response.arrayBuffer()));
	sql = await (await DuckDBInstance.create(":memory:")).connect();
	await sql.run(`CREATE TABLE t AS SELECT profileId AS p, file_row_number AS n, epoch_ms(timestamp) AS ms, channel, type,
		coalesce(traffic, channel) AS label, coalesce(source, CASE WHEN direct THEN '(direct)' ELSE '(not set)' END) AS source,
		effective, conversion, coalesce(valueAmount, 0) AS amount
		FROM read_parquet('${file}', file_row_number = true)`);
	// A conversion owns what earned credit since the one before it; what comes after the last has not converted.
	await sql.run(`CREATE TABLE ends AS SELECT p, ms, n, amount, true AS converted,
		(SELECT max(b.ms) FROM t b WHERE b.p = t.p AND b.conversion IS NOT NULL AND b.ms < t.ms) AS before
		FROM t WHERE conversion IS NOT NULL
		UNION ALL SELECT p, max(ms), -row_number() OVER (), 0, false, max(ms) FILTER (conversion IS NOT NULL)
		FROM t GROUP BY p HAVING max(ms) FILTER (effective AND conversion IS NULL)
			> coalesce(max(ms) FILTER (conversion IS NOT NULL), -1)`);
	await sql.run(`CREATE TABLE steps AS SELECT e.n AS path, e.amount, e.converted, e.ms AS ended, t.label, t.n, t.ms,
		row_number() OVER (PARTITION BY e.n ORDER BY t.n) AS i, count(*) OVER (PARTITION BY e.n) AS k
		FROM ends e JOIN t ON t.p = e.p AND t.effective AND t.conversion IS NULL
			AND t.ms <= e.ms AND t.ms > coalesce(e.before, -1)`);
	await sql.run(`CREATE TABLE paths AS SELECT e.n AS path, any_value(e.converted) AS converted,
		any_value(e.amount) AS amount, any_value(e.ms) - min(s.ms) AS lasted,
		coalesce(string_agg(s.label, ' > ' ORDER BY s.n), '(no touch)') AS way,
		coalesce(list_sort(list(DISTINCT s.label) FILTER (s.label IS NOT NULL)), []) AS labels
		FROM ends e LEFT JOIN steps s ON s.path = e.n GROUP BY e.n`);
});

afterAll(async () => {
	sql.closeSync();
	await collector.stop();
	await rm(folder, { recursive: true, force: true });
});

function get(path: string): Promise<Response> {
	return fetch(collector.url + path, { headers: authorise(collector.keys.read) });
}

async function analyse(path: string): Promise<{ rows: Row[]; [name: string]: unknown }> {
	const response = await get(`/v1/analyses/${path}`);
	const text = await response.text();
	if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
	return JSON.parse(text) as { rows: Row[] };
}

/** Whole numbers come as text where they are 64 bits long. */
async function query(text: string): Promise<Row[]> {
	const rows = (await sql.runAndReadAll(text)).getRowObjectsJson() as Row[];
	const plain = (value: unknown) =>
		typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
	return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

function expectNear(found: unknown, wanted: unknown): void {
	expect(Math.abs(Number(found) - Number(wanted))).toBeLessThan(1e-9 * Math.max(1, Math.abs(Number(wanted))));
}

describe("what SQL over the Parquet export finds, too", () => {
	it.each([
		["first", "CASE WHEN i = 1 THEN 1.0 ELSE 0 END"],
		["last", "CASE WHEN i = k THEN 1.0 ELSE 0 END"],
		["linear", "1.0 / k"],
		[
			"position",
			"CASE k WHEN 1 THEN 1.0 WHEN 2 THEN 0.5 ELSE CASE WHEN i IN (1, k) THEN 0.4 ELSE 0.2 / (k - 2) END END",
		],
		[
			"time-decay",
			"pow(2.0, -(ended - ms) / (7 * 86400000.0)) / sum(pow(2.0, -(ended - ms) / (7 * 86400000.0))) OVER (PARTITION BY path)",
		],
	])("are the credits of %s", async (model, weight) => {
		const wanted = await query(`SELECT label, sum(w)::DOUBLE AS conversions, sum(w * amount)::DOUBLE AS value
			FROM (SELECT *, (${weight})::DOUBLE AS w FROM steps WHERE converted) GROUP BY label
			UNION ALL SELECT way, count(*)::DOUBLE, sum(amount)::DOUBLE FROM paths
			WHERE converted AND len(labels) = 0 GROUP BY way`);
		const { rows, totals } = await analyse(`attribution?model=${model}`);
		const found = new Map(rows.map((row) => [row.channel, row]));
		expect(wanted.length).toBeGreaterThan(3);
		for (const { label, conversions, value } of wanted) {
			expectNear(found.get(label)?.conversions, conversions);
			expectNear(found.get(label)?.value, value);
		}
		const others = rows.filter(({ channel }) => !wanted.some(({ label }) => label === channel));
		expect(others.every(({ conversions }) => conversions === 0)).toBe(true);
		const sum = wanted.reduce((total, { conversions }) => total + Number(conversions), 0);
		expectNear((totals as { conversions: number }).conversions, sum);
	});

	it("are the top paths, with what they earned and how long they took", async () => {
		const wanted = await query(`SELECT way, count(*) AS journeys, count(*) FILTER (converted) AS conversions,
			sum(amount)::DOUBLE AS value, avg(lasted) FILTER (converted)::DOUBLE AS took FROM paths GROUP BY way`);
		const { rows } = await analyse("paths?limit=1000");
		expect(rows).toHaveLength(wanted.length);
		const found = new Map(rows.map((row) => [(row.steps as string[]).join(" > "), row]));
		for (const { way, journeys, conversions, value, took } of wanted) {
			expect(found.get(way as string)).toMatchObject({ journeys, conversions, value });
			if (way !== "(no touch)") expectNear(found.get(way as string)?.meanDurationMs ?? 0, took ?? 0);
		}
	});

	it("are the rates of channel combinations with Wilson's intervals", async () => {
		const wanted = await query(`SELECT way, n, x, x / n AS rate,
			(x / n + ${Z * Z} / (2 * n) - ${Z} * sqrt(x / n * (1 - x / n) / n + ${Z * Z} / (4 * n * n))) / (1 + ${Z * Z} / n) AS low,
			(x / n + ${Z * Z} / (2 * n) + ${Z} * sqrt(x / n * (1 - x / n) / n + ${Z * Z} / (4 * n * n))) / (1 + ${Z * Z} / n) AS high
			FROM (SELECT array_to_string(labels, ' + ') AS way, count(*)::DOUBLE AS n, (count(*) FILTER (converted))::DOUBLE AS x
				FROM paths WHERE len(labels) BETWEEN 1 AND 3 GROUP BY labels)`);
		const { rows } = await analyse("combinations?view=sets&limit=1000");
		const found = new Map(rows.map((row) => [(row.channels as string[]).join(" + "), row]));
		expect(wanted.length).toBeGreaterThan(5);
		for (const { way, n, x, rate, low, high } of wanted) {
			const row = found.get(way as string) as Row;
			expect(row).toMatchObject({ journeys: n, conversions: x, enough: Number(n) >= 30 });
			const { low: foundLow, high: foundHigh } = row.interval as { low: number; high: number };
			expectNear(row.rate, rate);
			expectNear(foundLow, low);
			expectNear(foundHigh, high);
		}
	});

	it("are a funnel's stages, in order and in any order", async () => {
		const [wanted] = await query(`SELECT count(DISTINCT p) AS people,
			count(DISTINCT p) FILTER (type = 'page_viewed') AS viewed,
			(SELECT count(DISTINCT a.p) FROM t a JOIN t b ON b.p = a.p AND b.n > a.n
				WHERE a.type = 'page_viewed' AND b.type = 'order_completed') AS ordered,
			(SELECT count(DISTINCT a.p) FROM t a JOIN t b ON b.p = a.p AND b.n > a.n JOIN t c ON c.p = b.p AND c.n > b.n
				WHERE a.type = 'page_viewed' AND b.type = 'order_completed' AND c.type = 'call_completed') AS called,
			(SELECT count(*) FROM (SELECT p FROM t WHERE type IN ('page_viewed', 'order_completed', 'call_completed')
				GROUP BY p HAVING count(DISTINCT type) = 3)) AS every
			FROM t`);
		const stages = "stages=page_viewed,order_completed,call_completed";
		const ordered = await analyse(`funnel?${stages}`);
		expect(ordered.journeys).toBe(wanted?.people);
		expect(ordered.rows.map(({ journeys }) => journeys)).toEqual([wanted?.viewed, wanted?.ordered, wanted?.called]);
		expectNear(ordered.rows[1]?.stepRate, Number(wanted?.ordered) / Number(wanted?.viewed));
		expect(Number(wanted?.called)).toBeGreaterThan(0);
		const any = await analyse(`funnel?${stages}&order=any`);
		expect(any.rows[2]?.journeys).toBe(wanted?.every);
	});

	it("are the heat map, in the zone asked for", async () => {
		const wanted = await query(`SELECT isodow(moment) - 1 AS day, hour(moment) AS hour, count(*) AS n
			FROM (SELECT make_timestamp((ms + 8 * 3600000) * 1000) AS moment FROM t) GROUP BY ALL`);
		const { rows } = await analyse("heatmap?tz=Asia/Shanghai");
		const hours = rows.map((row) => row.hours as number[]);
		for (const { day, hour, n } of wanted) expect(hours[Number(day)]?.[Number(hour)]).toBe(n);
		expect(hours.flat().reduce((sum, n) => sum + n, 0)).toBe(wanted.reduce((sum, { n }) => sum + Number(n), 0));
	});

	it("are who came back, by the day of the first contact", async () => {
		const wanted = await query(`WITH days AS (SELECT DISTINCT p, ms // 86400000 AS day FROM t),
			firsts AS (SELECT p, min(day) AS first FROM days GROUP BY p)
			SELECT strftime(make_timestamp(first * 86400000000), '%Y-%m-%d') AS cohort, day - first AS later, count(*) AS n
			FROM days JOIN firsts USING (p) GROUP BY ALL`);
		const { rows } = await analyse("cohorts?period=day");
		const found = new Map(rows.map((row) => [row.cohort, row.active as number[]]));
		expect(wanted.length).toBeGreaterThan(10);
		for (const { cohort, later, n } of wanted) expect(found.get(cohort)?.[Number(later)]).toBe(n);
		expect(rows.flatMap(({ active }) => active as number[]).filter((n) => n > 0)).toHaveLength(wanted.length);
	});

	it("are any two dimensions crossed, counted and summed", async () => {
		const wanted = await query("SELECT source, type, count(*) AS n, sum(amount)::DOUBLE AS sum FROM t GROUP BY ALL");
		const table = await analyse("crosstab?rows=source&columns=type&measure=value");
		const columns = table.columns as string[];
		const found = new Map(
			table.rows.flatMap((row) =>
				(row.cells as { count: number; measure: number }[]).map((cell, index) => [
					`${row.label}|${columns[index]}`,
					cell,
				]),
			),
		);
		for (const { source, type, n, sum } of wanted) {
			expect(found.get(`${source}|${type}`)).toMatchObject({ count: n, measure: sum });
		}
		expect((table.total as { count: number }).count).toBe(wanted.reduce((total, { n }) => total + Number(n), 0));
	});
});
