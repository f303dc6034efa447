/** Analyses over HTTP: what the shards count and merge equals the analysis room over the exported chains. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attribute } from "../../collector/analysis/attribution.ts";
import { labelTouchpoint } from "../../collector/analysis/dimensions.ts";
import { addToHeatMap, createHeatMap, finishHeatMap } from "../../collector/analysis/heat-map.ts";
import { addToLandings, createLandings, finishLandings } from "../../collector/analysis/landings.ts";
import { addJourney, createPathCounts, type PathOptions } from "../../collector/analysis/path-counts.ts";
import { tabulatePaths } from "../../collector/analysis/path-table.ts";
import { listTopPaths } from "../../collector/analysis/sequences.ts";
import { readJourney } from "../../collector/analysis/touchpoint-journey.ts";
import { createZone } from "../../collector/analysis/zone.ts";
import type { Touchpoint } from "../../collector/model.ts";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { START, shopWeek } from "../support/shop-week.ts";

interface Answer {
	rows: { [column: string]: unknown }[];
	[name: string]: unknown;
}

const PEOPLE = 90;
const HOUR_MS = 3600_000;
let collector: RunningCollector;
let journeys: Touchpoint[][];

beforeAll(async () => {
	collector = await startCollector();
	await postBatch(collector.url, collector.keys.secret, shopWeek(PEOPLE, 2));
	await settle(collector.url, collector.keys.read);
	const response = await get("/v1/journeys");
	const lines = (await response.text()).trimEnd().split("\n");
	journeys = lines.map((line) => {
		const { touchpoints } = JSON.parse(line) as {
			touchpoints: (Omit<Touchpoint, "timestamp"> & { timestamp: string })[];
		};
		return touchpoints.map((one) => ({ ...one, timestamp: Date.parse(one.timestamp) }));
	});
});

afterAll(() => collector.stop());

function get(path: string): Promise<Response> {
	return fetch(collector.url + path, { headers: authorise(collector.keys.read) });
}

async function analyse(path: string): Promise<Answer> {
	const response = await get(`/v1/analyses/${path}`);
	const text = await response.text();
	if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
	return JSON.parse(text) as Answer;
}

function countPaths(by: "trafficOrChannel" | "source" | "page", options: Partial<PathOptions> = {}) {
	const counts = createPathCounts(options);
	const zone = createZone("UTC");
	for (const touchpoints of journeys) {
		addJourney(counts, readJourney(touchpoints, { dimension: by, zone, goals: null, milestones: {} }));
	}
	return tabulatePaths(counts);
}

describe("attribution", () => {
	it.each(["first", "last", "linear", "position", "time-decay", "markov", "shapley"] as const)(
		"by %s equals the model over the exported chains",
		async (model) => {
			const expected = attribute(model, countPaths("trafficOrChannel"));
			const { rows, totals } = await analyse(`attribution?model=${model}`);
			expect(expected.totals.conversions).toBeGreaterThan(10);
			expect(totals).toEqual(expected.totals);
			expect(rows.map(({ channel }) => channel)).toEqual(expected.rows.map(({ channel }) => channel));
			for (const [index, row] of expected.rows.entries()) {
				expect(rows[index]?.conversions).toBeCloseTo(row.conversions, 9);
				expect(rows[index]?.value).toBeCloseTo(row.value, 6);
			}
		},
	);

	it("reads what is only in the details, too", async () => {
		const { rows } = await analyse("attribution?model=last&by=page");
		expect(rows).toEqual(JSON.parse(JSON.stringify(attribute("last", countPaths("page")).rows)));
	});

	it("looks back no further than asked", async () => {
		const { rows } = await analyse("attribution?model=linear&lookback=0.5&scope=look-back&by=source");
		const table = countPaths("source", { lookBackMs: 12 * HOUR_MS, scope: "look-back" });
		expect(rows).toEqual(JSON.parse(JSON.stringify(attribute("linear", table).rows)));
	});

	it("shows all models side by side, and sums each to the conversions", async () => {
		const { rows, models, totals, note } = await analyse("attribution");
		expect(note).toBe("descriptive");
		for (const model of models as string[]) {
			const sum = rows.reduce((total, row) => total + ((row.conversions as { [name: string]: number })[model] ?? 0), 0);
			expect(sum).toBeCloseTo((totals as { conversions: number }).conversions, 6);
		}
	});

	it("keeps as many labels as asked for, and adds up the others", async () => {
		const whole = await analyse("attribution?model=markov");
		const few = await analyse("attribution?model=markov&labels=2");
		expect(whole.rows.length).toBeGreaterThan(3);
		expect(few.rows.map(({ channel }) => channel)).toContain("(others)");
		expect(few.rows).toHaveLength(3);
		expect((few.totals as { conversions: number }).conversions).toBe(
			(whole.totals as { conversions: number }).conversions,
		);
	});

	it("splits by period without losing or doubling a conversion", async () => {
		const middle = new Date(START + 3 * 24 * HOUR_MS).toISOString();
		const conversions = async (period: string) =>
			((await analyse(`attribution?model=last${period}`)).totals as { conversions: number }).conversions;
		const [before, after, all] = [
			await conversions(`&to=${middle}`),
			await conversions(`&from=${middle}`),
			await conversions(""),
		];
		expect(before).toBeGreaterThan(0);
		expect(before + after).toBe(all);
	});

	it("gives intervals that hold the estimate", async () => {
		const { rows } = await analyse("attribution?model=linear&bootstrap=200");
		const [first] = rows as { conversions: number; conversionsInterval: { low: number; high: number } }[];
		expect(first?.conversionsInterval.low).toBeLessThan(first?.conversions ?? 0);
		expect(first?.conversionsInterval.high).toBeGreaterThan(first?.conversions ?? 0);
		const compared = await analyse("attribution?model=first,linear&bootstrap=200");
		const [row] = compared.rows as { channel: string; conversionsInterval: Record<string, object> }[];
		const same = (rows as { channel: string; conversionsInterval: object }[]).find(
			({ channel }) => channel === row?.channel,
		);
		expect(Object.keys(row?.conversionsInterval ?? {})).toEqual(["first", "linear"]);
		expect(row?.conversionsInterval.linear).toEqual(same?.conversionsInterval);
	});
});

describe("the other analyses", () => {
	it("list the same top paths as the chains give", async () => {
		const { rows } = await analyse("paths?limit=20");
		expect(rows).toEqual(JSON.parse(JSON.stringify(listTopPaths(countPaths("trafficOrChannel"), 20))));
		const { journeys: inAll } = await analyse("paths?limit=1");
		const all = listTopPaths(countPaths("trafficOrChannel"), 1_000);
		expect(inAll).toBe(all.reduce((sum, one) => sum + one.journeys, 0));
	});

	it("heat the hours of the zone asked for", async () => {
		const [map, zone] = [createHeatMap(), createZone("Asia/Shanghai")];
		for (const touchpoints of journeys) for (const { timestamp } of touchpoints) addToHeatMap(map, zone, timestamp);
		expect((await analyse("heatmap?tz=Asia/Shanghai")).rows).toEqual(finishHeatMap(map));
	});

	it("count cross-tabs and channel mix to the number of touchpoints", async () => {
		const touches = journeys.reduce((sum, { length }) => sum + length, 0);
		for (const path of [
			"crosstab?rows=source&columns=weekday",
			"crosstab?rows=page&columns=deviceFamily",
			"channels",
		]) {
			expect((await analyse(path)).total).toMatchObject({ count: touches });
		}
		const calls = await analyse("crosstab?rows=channel&columns=type&channel=phone");
		expect(calls.columns).toEqual(["call_completed"]);
	});

	it("count everybody once in cohorts", async () => {
		const { rows } = await analyse("cohorts?period=day");
		const people = rows.reduce((sum, row) => sum + Number(row.people), 0);
		expect(people).toBe(journeys.filter(({ length }) => length > 0).length);
		expect((await analyse("cohorts?period=day&view=new")).rows.reduce((sum, row) => sum + Number(row.new), 0)).toBe(
			people,
		);
	});

	it("walk a funnel in order", async () => {
		const { rows } = await analyse("funnel?stages=page_viewed,order_completed&order=ordered");
		const buyers = journeys.filter((one) => {
			const view = one.findIndex(({ type }) => type === "page_viewed");
			return view >= 0 && one.slice(view).some(({ type }) => type === "order_completed");
		});
		expect(rows.map(({ journeys: count }) => count)).toEqual([
			journeys.filter((one) => one.some(({ type }) => type === "page_viewed")).length,
			buyers.length,
		]);
	});

	it("count where visits land and leave, each visit once", async () => {
		const [landings, zone] = [createLandings(), createZone("UTC")];
		const labels = {
			page: (one: Touchpoint) => labelTouchpoint("page", one, zone),
			source: (one: Touchpoint) => labelTouchpoint("source", one, zone),
		};
		for (const touchpoints of journeys) addToLandings(landings, touchpoints, labels, () => true);
		const { rows } = await analyse("landings");
		expect(rows).toEqual(finishLandings(landings));
		const sessions = new Set(journeys.flat().flatMap(({ sessionId, page }) => (page && sessionId ? [sessionId] : [])));
		const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
		expect([sum("entries"), sum("exits")]).toEqual([sessions.size, sessions.size]);
		expect(await (await get("/v1/analyses/landings?format=csv")).text()).toMatch(
			/^page,entries,exits,bounces,converted\r\n/,
		);
	});

	it("tell how far they are where that is asked, and end as without", async () => {
		const lines = async (path: string) => {
			const response = await get(`/v1/analyses/${path}`);
			expect(response.headers.get("content-type")).toContain("ndjson");
			return (await response.text())
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line) as { progress?: number; result?: Answer; error?: { code: string } });
		};
		const all = await lines("paths?limit=3&progress=1");
		const steps = all.slice(0, -1).map(({ progress }) => progress ?? -1);
		expect(steps[0]).toBe(0);
		expect(steps.at(-1)).toBe(1);
		expect([...steps].sort((a, b) => a - b)).toEqual(steps);
		expect(all.at(-1)?.result).toEqual(await analyse("paths?limit=3"));
		expect((await get("/v1/analyses/paths?progress=1&sort=odd")).status).toBe(400);
	});

	it.each([
		"pages",
		"transitions",
		"combinations?minJourneys=2",
		"combinations?view=sets",
		"sequences?minJourneys=2",
		"paths?view=lengths",
		"paths?view=dropoff",
	])("answer %s", async (path) => {
		expect((await analyse(path)).rows.length).toBeGreaterThan(0);
	});

	it("show one person alone", async () => {
		const [one] = journeys.filter(({ length }) => length > 3);
		const { rows } = await analyse(`heatmap?profile=${one?.[0]?.profileId}`);
		expect(rows.reduce((sum, { total }) => sum + Number(total), 0)).toBe(one?.length);
	});

	it("come as CSV with a header", async () => {
		const text = await (await get("/v1/analyses/paths?format=csv&limit=3")).text();
		const [header, ...lines] = text.trimEnd().split("\r\n");
		expect(header).toBe("steps,journeys,conversions,rate,intervalLow,intervalHigh,value,meanDurationMs");
		expect(lines).toHaveLength(3);
		const heat = await (await get("/v1/analyses/heatmap?format=csv")).text();
		expect(heat.split("\r\n")).toHaveLength(9);
	});

	it.each([
		["attribution?model=guess", "model"],
		["attribution?by=colour", "by"],
		["attribution?order=9&model=markov", "order"],
		["attribution?bootstrap=0", "bootstrap"],
		["attribution?lookback=-1", "lookback"],
		["attribution?currency=yuan", "currency"],
		["attribution?transform=none", "transform"],
		["funnel", "stages"],
		["channels?period=year", "period"],
		["crosstab?measure=clicks", "measure"],
		["heatmap?tz=Mars", "tz"],
		["paths?format=xlsx", "format"],
		["paths?whatever=1", "whatever"],
	])("refuse %s and name the parameter", async (path, field) => {
		const response = await get(`/v1/analyses/${path}`);
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { code: "bad_parameter", field } });
	});

	it("do not sum two currencies", async () => {
		await postBatch(collector.url, collector.keys.secret, [
			{
				type: "track",
				event: "Order Completed",
				messageId: "euro",
				anonymousId: "device-euro",
				originalTimestamp: new Date(START).toISOString(),
				properties: { order_id: "e", total: 5, currency: "EUR" },
				context: { userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" },
			},
		]);
		await settle(collector.url, collector.keys.read);
		expect((await get("/v1/analyses/attribution?model=last")).status).toBe(400);
		const { totals, otherCurrency } = await analyse("attribution?model=last&currency=EUR");
		expect(totals).toMatchObject({ value: 500 });
		expect(otherCurrency).toBeGreaterThan(10);
	});
});
