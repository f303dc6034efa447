import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	addToCohorts,
	createCohorts,
	finishCohorts,
	listNewAndReturning,
	mergeCohorts,
} from "../../collector/analysis/cohorts.ts";
import {
	addToCrossTab,
	type CrossTab,
	createCrossTab,
	finishCrossTab,
	mergeCrossTabs,
} from "../../collector/analysis/cross-tab.ts";
import { DIMENSIONS, isDimension, labelTouchpoint } from "../../collector/analysis/dimensions.ts";
import {
	addView,
	createEngagedTime,
	finishEngagedTime,
	mergeEngagedTime,
} from "../../collector/analysis/engaged-time.ts";
import { addToHeatMap, createHeatMap, finishHeatMap, mergeHeatMaps } from "../../collector/analysis/heat-map.ts";
import { addToLandings, createLandings, finishLandings, mergeLandings } from "../../collector/analysis/landings.ts";
import { listLandings, readJourney } from "../../collector/analysis/touchpoint-journey.ts";
import { createZone, labelPeriod, type Period, periodOf, weekdayAndHour } from "../../collector/analysis/zone.ts";
import type { Touchpoint } from "../../collector/model.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("time zones", () => {
	const shanghai = createZone("Asia/Shanghai");
	const newYork = createZone("America/New_York");

	it("turns the day at local midnight, to the millisecond", () => {
		const midnight = Date.parse("2026-11-22T16:00:00.000Z");
		expect(weekdayAndHour(shanghai, midnight - 1)).toEqual({ weekday: 6, hour: 23 });
		expect(weekdayAndHour(shanghai, midnight)).toEqual({ weekday: 0, hour: 0 });
		const label = (t: number, period: Period) => labelPeriod(period, periodOf(shanghai, period, t));
		expect([label(midnight - 1, "day"), label(midnight, "day")]).toEqual(["2026-11-22", "2026-11-23"]);
		expect([label(midnight - 1, "week"), label(midnight, "week")]).toEqual(["2026-W47", "2026-W48"]);
		expect(label(midnight, "month")).toBe("2026-11");
	});

	it("skips the hour that clocks skip and repeats the one that they repeat", () => {
		const spring = Date.parse("2026-03-08T07:00:00Z");
		expect(weekdayAndHour(newYork, spring - 1).hour).toBe(1);
		expect(weekdayAndHour(newYork, spring).hour).toBe(3);
		const autumn = Date.parse("2026-11-01T06:00:00Z");
		expect(weekdayAndHour(newYork, autumn - 1).hour).toBe(1);
		expect(weekdayAndHour(newYork, autumn).hour).toBe(1);
		expect(weekdayAndHour(newYork, autumn + HOUR_MS).hour).toBe(2);
		// Lord Howe Island moves by half an hour, at half past the hour in UTC.
		const island = createZone("Australia/Lord_Howe");
		const change = Date.parse("2026-10-03T15:30:00Z");
		expect(island.offsetMs(change - 1)).toBe(10.5 * HOUR_MS);
		expect(island.offsetMs(change)).toBe(11 * HOUR_MS);
		// Newfoundland moved at a minute past midnight until 2011.
		const newfoundland = createZone("America/St_Johns");
		const late = Date.parse("2005-10-30T02:31:00Z");
		expect(newfoundland.offsetMs(late - 1)).toBe(-2.5 * HOUR_MS);
		expect(newfoundland.offsetMs(late)).toBe(-3.5 * HOUR_MS);
	});

	it("names ISO weeks across years", () => {
		const utc = createZone("UTC");
		const week = (day: string) => labelPeriod("week", periodOf(utc, "week", Date.parse(day)));
		expect(["2020-12-31", "2021-01-03", "2021-01-04", "2024-12-30", "1969-12-31"].map(week)).toEqual([
			"2020-W53",
			"2020-W53",
			"2021-W01",
			"2025-W01",
			"1970-W01",
		]);
	});

	it("agrees with Intl at any time in any of these zones", () => {
		for (const name of ["Asia/Kathmandu", "America/St_Johns", "Europe/London", "Pacific/Apia"]) {
			const zone = createZone(name);
			const format = new Intl.DateTimeFormat("en-GB", {
				timeZone: name,
				weekday: "long",
				hour: "2-digit",
				hourCycle: "h23",
			});
			fc.assert(
				fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2030, 0) }), (t) => {
					const { weekday, hour } = weekdayAndHour(zone, t);
					const parts = Object.fromEntries(format.formatToParts(t).map(({ type, value }) => [type, value]));
					expect(hour).toBe(Number(parts.hour));
					expect(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][weekday]).toBe(
						parts.weekday,
					);
				}),
			);
		}
	});

	it("refuses a zone that does not exist", () => {
		expect(() => createZone("Mars/Olympus")).toThrow(RangeError);
	});
});

describe("heat map", () => {
	it("counts contacts by local weekday and hour, whatever the shards", () => {
		const zone = createZone("Asia/Shanghai");
		const [one, two] = [createHeatMap(), createHeatMap()];
		addToHeatMap(one, zone, Date.parse("2026-11-23T01:30:00Z"));
		addToHeatMap(two, zone, Date.parse("2026-11-30T01:59:59.999Z"));
		addToHeatMap(two, zone, Date.parse("2026-11-29T15:59:59.999Z"));
		const rows = finishHeatMap(mergeHeatMaps(one, two));
		expect(rows).toHaveLength(7);
		expect(rows[0]).toMatchObject({ weekday: "Monday", total: 2 });
		expect(rows[0]?.hours[9]).toBe(2);
		expect(rows[6]?.hours[23]).toBe(1);
	});
});

describe("cross-tab", () => {
	const cell = fc.tuple(
		fc.constantFrom("google", "baidu", "x"),
		fc.constantFrom("/", "/price", "/a", "/b"),
		fc.nat(100),
	);

	function tabOf(cells: readonly [string, string, number][]): CrossTab {
		const tab = createCrossTab();
		for (const [row, column, measure] of cells) addToCrossTab(tab, row, column, measure);
		return tab;
	}

	it("sums to the number of cases, and shares to 1, however much is shown", () => {
		fc.assert(
			fc.property(fc.array(cell, { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (cells, max) => {
				const table = finishCrossTab(tabOf(cells), { rowsMax: max, columnsMax: max });
				const all = table.rows.flatMap((row) => row.cells);
				expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(cells.length);
				expect(table.total.measure).toBe(cells.reduce((sum, [, , measure]) => sum + measure, 0));
				for (const row of table.rows)
					expect(row.cells.reduce((sum, { rowShare }) => sum + rowShare, 0)).toBeCloseTo(1, 12);
				expect(table.columnTotals.reduce((sum, { count }) => sum + count, 0)).toBe(cells.length);
			}),
		);
	});

	it("is the same in any order and split over any shards", () => {
		fc.assert(
			fc.property(fc.array(cell), fc.nat(100), (cells, at) => {
				const split = mergeCrossTabs(tabOf(cells.slice(at).reverse()), structuredClone(tabOf(cells.slice(0, at))));
				expect(finishCrossTab(split, { rowsMax: 2 })).toEqual(finishCrossTab(tabOf(cells), { rowsMax: 2 }));
			}),
		);
	});

	it("shows the biggest and names the rest", () => {
		const table = finishCrossTab(
			tabOf([
				["a", "x", 1],
				["a", "x", 1],
				["b", "x", 1],
				["c", "y", 1],
			]),
			{ rowsMax: 1 },
		);
		expect(table.rows.map((row) => [row.label, row.count])).toEqual([
			["a", 2],
			["(others)", 2],
		]);
	});
});

describe("cohorts", () => {
	const zone = createZone("UTC");
	const day = (n: number) => Date.parse("2026-11-01T12:00:00Z") + n * DAY_MS;

	it("follow people from the period of their first contact", () => {
		const [one, two] = [createCohorts("day"), createCohorts("day")];
		addToCohorts(one, zone, [day(2), day(0), day(0)]);
		addToCohorts(two, zone, [day(0)]);
		addToCohorts(two, zone, [day(1), day(2)]);
		addToCohorts(two, zone, []);
		const merged = mergeCohorts(one, two);
		expect(finishCohorts(merged)).toEqual([
			{ cohort: "2026-11-01", people: 2, active: [2, 0, 1], retention: [1, 0, 0.5] },
			{ cohort: "2026-11-02", people: 1, active: [1, 1], retention: [1, 1] },
		]);
		expect(listNewAndReturning(merged)).toEqual([
			{ period: "2026-11-01", new: 2, returning: 0 },
			{ period: "2026-11-02", new: 1, returning: 0 },
			{ period: "2026-11-03", new: 0, returning: 2 },
		]);
	});

	it("are empty without people", () => {
		expect(finishCohorts(createCohorts("week"))).toEqual([]);
		expect(listNewAndReturning(createCohorts("week"))).toEqual([]);
	});
});

describe("engaged time", () => {
	it("sums, averages and estimates the median by page", () => {
		const [one, two] = [createEngagedTime(), createEngagedTime()];
		for (const ms of [1_000, 10_000, 60_000]) addView(one, "/price", ms, 0.5);
		addView(two, "/price", 0, 0.1);
		addView(two, "/", 500);
		const [price, home] = finishEngagedTime(mergeEngagedTime(one, two));
		expect(price).toMatchObject({
			page: "/price",
			views: 4,
			engagedViews: 3,
			engagedMs: 71_000,
			meanEngagedMs: 17_750,
		});
		expect(price?.meanScrollDepth).toBeCloseTo(0.4, 12);
		expect(Math.abs((price?.medianEngagedMs ?? 0) / 10_000 - 1)).toBeLessThan(0.045);
		expect(home?.page).toBe("/");
	});

	it("has no median where nobody read", () => {
		const pages = createEngagedTime();
		addView(pages, "/", 0);
		expect(finishEngagedTime(pages)[0]).toMatchObject({ medianEngagedMs: null, meanEngagedMs: 0 });
	});
});

describe("touchpoints", () => {
	const zone = createZone("Asia/Shanghai");
	const touchpoint: Touchpoint = {
		id: "t1",
		profileId: "p1",
		timestamp: Date.parse("2026-11-22T16:30:00Z"),
		channel: "web",
		type: "page_viewed",
		direction: "in",
		online: true,
		traffic: "Paid Search",
		source: "baidu",
		page: { path: "/price", referrer: "https://www.Baidu.com/s?wd=x" },
		automation: "human",
		effective: true,
		evidence: ["m1"],
	};

	it("can be counted by at least 20 dimensions, never by a blank", () => {
		expect(DIMENSIONS.length).toBeGreaterThanOrEqual(20);
		for (const dimension of DIMENSIONS) expect(labelTouchpoint(dimension, touchpoint, zone)).not.toBe("");
		const labels = Object.fromEntries(
			DIMENSIONS.map((dimension) => [dimension, labelTouchpoint(dimension, touchpoint, zone)]),
		);
		expect(labels).toMatchObject({
			trafficOrChannel: "Paid Search",
			referrerHost: "www.baidu.com",
			campaign: "(not set)",
			weekday: "Monday",
			hour: "00",
			week: "2026-W48",
			sourceMedium: "baidu / (not set)",
			online: "online",
		});
		expect(isDimension("toString")).toBe(false);
	});

	it("become a journey: counted goals are conversions, the rest are steps", () => {
		const lead: Touchpoint = {
			...touchpoint,
			type: "lead_submitted",
			conversion: "lead",
			timestamp: touchpoint.timestamp + 1,
		};
		const order: Touchpoint = {
			...touchpoint,
			type: "order_paid",
			conversion: "order",
			timestamp: touchpoint.timestamp + 2,
			value: { amount: 990, currency: "CNY" },
		};
		const options = {
			dimension: "traffic" as const,
			zone,
			goals: ["order"],
			milestones: { lead_submitted: "lead" as const },
		};
		expect(readJourney([touchpoint, lead, order], options)).toEqual({
			steps: [
				{ label: "Paid Search", t: touchpoint.timestamp, effective: true },
				{ label: "Paid Search", t: lead.timestamp, effective: true, milestone: "lead" },
			],
			conversions: [{ t: order.timestamp, value: 990, currency: "CNY" }],
		});
		expect(readJourney([lead, order], { ...options, goals: null }).conversions).toHaveLength(2);
	});

	it("land once a session, where it shows a page", () => {
		const view = (id: string, sessionId?: string): Touchpoint => ({
			...touchpoint,
			id,
			...(sessionId ? { sessionId } : {}),
		});
		const { page: _, ...call } = view("call", "s1");
		const landings = listLandings([call, view("a", "s1"), view("b", "s1"), view("c", "s2"), view("d")]);
		expect(landings.map(({ id }) => id)).toEqual(["a", "c"]);
		const tab = createCrossTab();
		for (const landing of landings)
			addToCrossTab(tab, labelTouchpoint("source", landing, zone), labelTouchpoint("page", landing, zone));
		expect(finishCrossTab(tab).rows[0]).toMatchObject({ label: "baidu", count: 2 });
	});
});

describe("landings", () => {
	const touch = (t: number, sessionId: string | undefined, path: string | undefined, more: Partial<Touchpoint> = {}) =>
		({
			id: `${t}`,
			timestamp: t,
			...(sessionId ? { sessionId } : {}),
			...(path ? { page: { path } } : {}),
			source: "baidu",
			effective: true,
			...more,
		}) as Touchpoint;
	const labels = { page: (one: Touchpoint) => one.page?.path ?? "", source: (one: Touchpoint) => one.source ?? "" };
	const journey = [
		touch(1, "s1", "/a"),
		touch(2, "s1", "/b", { effective: false }),
		touch(3, "s1", undefined, { conversion: "order" }),
		touch(4, "s2", "/b", { effective: false, source: "mail" }),
		touch(5, undefined, "/c"),
	];

	it("counts a visit where it begins and where it ends, with bounces and goals", () => {
		const landings = createLandings();
		addToLandings(landings, journey, labels, () => true);
		expect(finishLandings(landings)).toEqual([
			{ page: "/b", entries: 1, exits: 2, bounces: 1, converted: 0, sources: [{ source: "mail", entries: 1 }] },
			{ page: "/a", entries: 1, exits: 0, bounces: 0, converted: 1, sources: [{ source: "baidu", entries: 1 }] },
		]);
	});

	it("takes a visit whole by its landing, and adds parts up in any order", () => {
		const part = (isWanted: (one: Touchpoint) => boolean) => {
			const landings = createLandings();
			addToLandings(landings, journey, labels, isWanted);
			return landings;
		};
		const [first, second] = [part(({ timestamp }) => timestamp < 2), part(({ timestamp }) => timestamp >= 2)];
		expect(finishLandings(first)[0]).toMatchObject({ page: "/a", entries: 1, converted: 1 });
		const whole = finishLandings(part(() => true));
		expect(finishLandings(mergeLandings(mergeLandings(createLandings(), first), second))).toEqual(whole);
		expect(finishLandings(mergeLandings(mergeLandings(createLandings(), second), first))).toEqual(whole);
	});
});
