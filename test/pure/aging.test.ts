/** How one stream loses content by age: in steps, and with a key that is renewed now and then. */
import { describe, expect, it } from "vitest";
import { dueAt, hasOldContent, moveCut, mustRenew, renewMsOf } from "../../collector/store/stream-shard/aging.ts";
import { emptyHead, type Head } from "../../collector/store/stream-shard/head.ts";
import type { StreamLog } from "../../collector/store/stream-shard/stream-log.ts";
import { openWindow } from "../../collector/store/stream-shard/windows.ts";

const DAY_MS = 24 * 3600_000;
const HOUR_MS = 3600_000;
/** No copies lost to others here. */
const log = { rowFacts: () => [] } as unknown as StreamLog;

/** One window a day from day 1 on, an hour long, of ten events. */
function headOf(days: number): Head {
	const head = emptyHead("anonymousId=device");
	for (let day = 1; day <= days; day++) {
		const window = openWindow(head, { t: day * DAY_MS, m: `m${day}`, s: head.stream }, false);
		window.last = { ...window.first, t: day * DAY_MS + HOUR_MS };
		window.count = 10;
		head.windows.push(window);
	}
	head.contentFrom = DAY_MS;
	return head;
}

describe("a stream's cut", () => {
	it("touches the windows that hold older content, and no others", () => {
		const head = headOf(5);
		expect(moveCut(head, log, 3 * DAY_MS, 100).map(({ id }) => id)).toEqual([1, 2]);
		expect(head).toMatchObject({ cut: 3 * DAY_MS, contentFrom: 3 * DAY_MS });
		expect(moveCut(head, log, 3 * DAY_MS, 100)).toEqual([]);
	});

	it("goes through a window: what is left of it is content from the cut on", () => {
		const head = headOf(2);
		expect(moveCut(head, log, DAY_MS + 1, 100).map(({ id }) => id)).toEqual([1]);
		expect(head.contentFrom).toBe(DAY_MS + 1);
		expect(moveCut(head, log, DAY_MS + HOUR_MS + 1, 100).map(({ id }) => id)).toEqual([1]);
		expect(head.contentFrom).toBe(2 * DAY_MS);
	});

	it("stops where so many events have lost theirs, and goes on from there", () => {
		const head = headOf(5);
		const cut = 9 * DAY_MS;
		const steps: number[][] = [];
		while (hasOldContent(head, cut)) steps.push(moveCut(head, log, cut, 20).map(({ id }) => id));
		expect(steps).toEqual([[1, 2], [3, 4], [5]]);
		expect(head).toMatchObject({ cut, contentFrom: null });
	});
});

describe("a stream's key", () => {
	const retention = (cut: number) => ({ cut, idleCut: 0, renewMs: 7 * DAY_MS });
	const leftOver = (renewedAt: number): Head => ({
		...headOf(5),
		contentFrom: 400 * DAY_MS,
		leftovers: true,
		renewedAt,
	});

	it("is renewed at once where that was not done of late, and else after a while", () => {
		expect(mustRenew(leftOver(0), retention(100 * DAY_MS))).toBe(true);
		const head = leftOver(100 * DAY_MS);
		expect(mustRenew(head, retention(107 * DAY_MS - 1))).toBe(false);
		expect(mustRenew(head, retention(107 * DAY_MS))).toBe(true);
		expect(dueAt(head, retention(0))).toBe(107 * DAY_MS);
	});

	it("is renewed at once where nothing is left, and not before all that is due has gone", () => {
		const head = leftOver(100 * DAY_MS);
		expect(mustRenew({ ...head, contentFrom: null }, retention(101 * DAY_MS))).toBe(true);
		expect(mustRenew({ ...head, contentFrom: 1 }, retention(200 * DAY_MS))).toBe(false);
	});

	it("stays where nothing went", () => {
		expect(mustRenew({ ...leftOver(0), leftovers: false }, retention(100 * DAY_MS))).toBe(false);
		expect(dueAt({ ...leftOver(0), leftovers: false }, retention(0))).toBe(400 * DAY_MS + 1);
	});

	it("is renewed twelve times at most in an event's life, and no more than once a day", () => {
		expect(renewMsOf(365)).toBe(31 * DAY_MS);
		expect(renewMsOf(12)).toBe(DAY_MS);
		expect(renewMsOf(13)).toBe(2 * DAY_MS);
		expect(renewMsOf(1)).toBe(DAY_MS);
	});
});
