/** What senders report of their losses, as a shard keeps it: the rows of one report, and what a next life knows. */
import { describe, expect, it } from "vitest";
import { Losses } from "../../collector/store/stream-shard/reported-losses.ts";
import { Disk } from "../simulator/sqlite.ts";

const DAY_MS = 24 * 3600_000;
const NOW = Date.UTC(2026, 0, 20);

function open() {
	const disk = new Disk();
	const live = () => new Losses(disk.port({ name: "one", isStopped: false }));
	const reports = () => disk.all<{ id: string }>("SELECT id FROM loss_reports ORDER BY id", []).map(({ id }) => id);
	return { live, reports };
}

describe("reported losses", () => {
	it("count the largest of what one batch says, each kind by itself, and outlive the object", () => {
		const { live } = open();
		const first = live();
		first.keep({ id: "a", evicted: 3, setAside: 0 }, NOW);
		first.keep({ id: "b", evicted: 1, setAside: 1 }, NOW);
		first.keep({ id: "a", evicted: 2, setAside: 4 }, NOW);
		const second = live();
		second.keep({ id: "a", evicted: 5, setAside: 4 }, NOW);
		expect(second.read()).toEqual({ retries: 0, evicted: 6, setAside: 5 });
	});

	it("show retries at once, and keep those that were written", () => {
		const { live } = open();
		const first = live();
		first.countRetry();
		expect(first.read().retries).toBe(1);
		first.write();
		first.write();
		first.countRetry();
		expect(first.read().retries).toBe(2);
		expect(live().read().retries).toBe(1);
	});

	it("know the totals of a page that lives on as old ones, as long as it tells them", () => {
		const { live } = open();
		const losses = live();
		for (let day = 0; day <= 40; day += 4) losses.keep({ id: "long", evicted: 3, setAside: 1 }, NOW + day * DAY_MS);
		expect(losses.read()).toMatchObject({ evicted: 3, setAside: 1 });
	});

	it("forget a report when it can come no more, and not what it added", () => {
		const { live, reports } = open();
		live().keep({ id: "old", evicted: 1, setAside: 0 }, NOW - 9 * DAY_MS - 1);
		live().keep({ id: "edge", evicted: 1, setAside: 0 }, NOW - 9 * DAY_MS);
		const losses = live();
		losses.keep({ id: "new", evicted: 1, setAside: 0 }, NOW);
		expect(reports()).toEqual(["edge", "new"]);
		expect(losses.read().evicted).toBe(3);
	});
});
