/** The dashboard's own arithmetic: what is compared, who is silent, what it costs. */
import { describe, expect, it } from "vitest";
import { changeOf } from "../../collector/dashboard/page/parts/change.ts";
import { roundTicks } from "../../collector/dashboard/page/parts/round-ticks.ts";
import { readOrder, sortRows, writeCsv, writeOrder } from "../../collector/dashboard/page/parts/rows.ts";
import { placeAfter } from "../../collector/dashboard/page/parts/walk.ts";
import { layOut } from "../../collector/dashboard/page/person/layout.ts";
import { estimateCost } from "../../collector/dashboard/page/pipeline/cost.ts";
import { eventsADay, listLibraries, listSenders } from "../../collector/dashboard/page/pipeline/silence.ts";
import type { Senders, Touchpoint } from "../../collector/dashboard/page/records.ts";
import { datesOf, mondayOf, periodBefore, rangeOf, weekOf } from "../../collector/dashboard/page/state/range.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 24 * 3600_000;

describe("the period before", () => {
	it("is as long as the range and ends where it begins", () => {
		const range = rangeOf({ days: "7" }, NOW, "Asia/Shanghai");
		expect(range).toEqual({ from: "2026-11-15T16:00:00.000Z", to: "2026-11-22T16:00:00.000Z" });
		expect(periodBefore(range)).toEqual({ from: "2026-11-08T16:00:00.000Z", to: range.from });
	});

	it("gives no change where there was nothing", () => {
		expect([changeOf(12, 10), changeOf(5, 0), changeOf(5, null)]).toEqual([0.2, null, null]);
	});
});

describe("days and weeks", () => {
	it("are those of the zone, the last one included", () => {
		const range = rangeOf({ from: "2026-02-27", to: "2026-03-01" }, NOW, "Asia/Shanghai");
		expect(datesOf(range, "Asia/Shanghai")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
	});

	// ISO 8601 gives the year's edges: 1 January 2027 is a Friday, 2020 has 53 weeks, 30 December 2024 is a Monday.
	it.each([
		["2026-12-31", "2026-W53", "2026-12-28"],
		["2027-01-03", "2026-W53", "2026-12-28"],
		["2027-01-04", "2027-W01", "2027-01-04"],
		["2024-12-30", "2025-W01", "2024-12-30"],
		["2021-01-03", "2020-W53", "2020-12-28"],
	])("%s is in %s, which begins on %s", (date, week, monday) => {
		expect(weekOf(date)).toBe(week);
		expect(mondayOf(week)).toBe(monday);
	});
});

describe("walking a drawing by keyboard", () => {
	it("goes on and back by one, up and down by a row, and stays at the edges", () => {
		const walk = (key: string, at: number) => placeAfter(key, at, 6, 3);
		expect([walk("ArrowRight", -1), walk("ArrowRight", 0), walk("ArrowRight", 5)]).toEqual([0, 1, 5]);
		expect([walk("ArrowLeft", 5), walk("ArrowLeft", 0), walk("ArrowLeft", -1)]).toEqual([4, 0, 0]);
		expect([walk("ArrowDown", -1), walk("ArrowDown", 1), walk("ArrowDown", 4)]).toEqual([0, 4, 4]);
		expect([walk("ArrowUp", 4), walk("ArrowUp", 1)]).toEqual([1, 1]);
		expect([walk("Home", 4), walk("End", 0), walk("Tab", 2)]).toEqual([0, 5, null]);
		expect(placeAfter("End", -1, 0, 1)).toBeNull();
	});
});

describe("senders", () => {
	const key = (id: string) => ({
		id,
		kind: "write" as const,
		name: id,
		server: false,
		createdAt: "2026-01-01T00:00:00Z",
	});
	const sent = (key: string, daysAgo: number, events: number, library = "strand.js 1") => {
		const at = new Date(NOW - daysAgo * DAY_MS).toISOString();
		return { day: at.slice(0, 10), key, library, events, refused: 0, lastAt: at };
	};
	const senders: Senders = {
		keys: [key("busy"), key("silent"), key("rare")],
		senders: [
			...[0, 1, 2].map((ago) => sent("busy", ago, 100)),
			...[2, 3, 4].map((ago) => sent("silent", ago, 50, "strand.js 0")),
			sent("rare", 3, 4),
			sent("revoked", 5, 500),
		],
	};

	it("are silent when a key that was busy has said nothing for a day; rare and revoked ones are not", () => {
		const rows = listSenders(senders, NOW);
		expect(rows.map(({ id }) => id)).toEqual(["revoked", "busy", "silent", "rare"]);
		expect(rows.filter(({ isSilent }) => isSilent).map(({ id }) => id)).toEqual(["silent"]);
		expect(listSenders(senders, NOW - 1.5 * DAY_MS).filter(({ isSilent }) => isSilent)).toEqual([]);
	});

	it("are counted by library, and a day on average of whole days", () => {
		expect(listLibraries(senders).map(({ library, events }) => [library, events])).toEqual([
			["strand.js 1", 804],
			["strand.js 0", 150],
		]);
		expect(eventsADay(senders, NOW)).toBe((200 + 150 + 4 + 500) / 5);
		expect(eventsADay({ keys: [], senders: [sent("busy", 0, 30)] }, NOW)).toBe(30);
	});
});

describe("the cost of a day", () => {
	it("is storage alone without events, and grows to every object awake", () => {
		const load = { eventsADay: 0, bytes: 30e9, streamShards: 16, profileShards: 16 };
		expect(estimateCost(load)).toBeCloseTo(0.2, 9);
		// docs/cloudflare.md: $132 a month and more for 33 objects at steady traffic, and $1.43 a million events.
		expect(estimateCost({ ...load, bytes: 0, eventsADay: 100e6 })).toBeCloseTo((33 * 4.15) / 30 + 105, 0);
	});
});

describe("tables and drawings", () => {
	it("are sorted as an address says, and not at all by what is no order", () => {
		for (const order of [
			{ column: 2, isDown: false },
			{ column: 0, isDown: true },
		])
			expect(readOrder(writeOrder(order))).toEqual(order);
		for (const text of ["", "-1-up", "2", "2-sideways", "1e9-up"]) expect(readOrder(text).column).toBe(-1);
	});

	it("sort numbers as numbers, with blanks last either way", () => {
		const columns = [{ label: "n", value: ({ n }: { n: number | null }) => n }];
		const rows = [{ n: 10 }, { n: null }, { n: 9 }];
		expect(sortRows(rows, columns, { column: 0, isDown: true }).map(({ n }) => n)).toEqual([10, 9, null]);
		expect(sortRows(rows, columns, { column: 0, isDown: false }).map(({ n }) => n)).toEqual([9, 10, null]);
		expect(sortRows(rows, columns, readOrder(""))).toBe(rows);
	});

	it("write CSV that no spreadsheet runs", () => {
		const columns = [{ label: "a", value: (text: string) => text }];
		expect(writeCsv(columns, ["=1+1", 'x, "y"', "-5"])).toBe('a\r\n\'=1+1\r\n"x, ""y"""\r\n\'-5\r\n');
	});

	it("mark an axis by round numbers up to the largest", () => {
		expect(roundTicks(17)).toEqual([0, 5, 10, 15]);
		expect(roundTicks(72)).toEqual([0, 20, 40, 60]);
		for (const max of [1e-9, 0.3, 1, 999, 1e6]) {
			expect(roundTicks(max).length).toBeLessThanOrEqual(6);
			expect(roundTicks(max).at(-1)).toBeLessThanOrEqual(max * (1 + 1e-9));
		}
	});

	it("give each device its lane, devices before other channels", () => {
		const touch = (id: string, channel: string, device?: string) =>
			({
				id,
				channel,
				timestamp: "2026-01-01T00:00:00Z",
				...(device ? { device, deviceFamily: "mobile" } : {}),
			}) as Touchpoint;
		const { lanes, marks } = layOut(
			[touch("1", "phone"), touch("2", "web", "a"), touch("3", "web", "b"), touch("4", "web", "a")],
			{ spacing: "even", isFolded: false, width: 800 },
		);
		expect(lanes.map(({ channel, device }) => `${channel} ${device}`)).toEqual(["web a", "web b", "phone "]);
		expect(marks.map(({ lane }) => lane)).toEqual([2, 0, 1, 0]);
	});
});
