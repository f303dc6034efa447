/** The chain of somebody who has too much to be held at once: the same rows, read some at a time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TABLES } from "../../collector/export/index.ts";
import {
	DEFAULT_JOURNEY_SETTINGS,
	type FoldedWindow,
	foldWindow,
	type RowFilter,
	type SessionCarry,
} from "../../collector/journey/index.ts";
import type { Piece, Trust } from "../../collector/model.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import {
	type ChangePlace,
	type RowPlace,
	type RowQuery,
	type RowsOf,
	readChanges,
	readRows,
} from "../../collector/store/profile-shard/read-rows.ts";
import { readTouches } from "../../collector/store/profile-shard/read-touches.ts";
import { TWIN_COUNT_LIMITS } from "../../collector/store/profile-shard/twin-count.ts";
import { Disk } from "../simulator/sqlite.ts";
import { handed, happens, MINUTE_MS, reports, type Scene, START, tracks, views } from "./journey-scene.ts";

const ROWS: readonly RowsOf[] = ["touchpoints", "sessions", "journeys", "profiles", "identities"];
const NOBODY_IS_LONG = Number.POSITIVE_INFINITY;
const ALL_ARE_LONG = -1;
/** As piece-reader.ts and row-page.ts have them. */
const OPEN_TOUCHES = 1_000;
const LONG_CUT_PAGES = 2;

interface Stored {
	stream: string;
	pieces: Piece[];
}

/** Windows of `size` events of one device, as a stream shard sends them. */
function foldDevice(stream: string, scene: readonly Scene[], size: number): Stored[] {
	const windows: Stored[] = [];
	let carry: SessionCarry | null = null;
	for (let at = 0; at < scene.length; at += size) {
		const events = scene.slice(at, at + size).map((one) => ({ ...one, id: `${stream}:${one.event.sent.messageId}` }));
		const cutsBefore = events.map(({ cut }) => cut);
		const folded: FoldedWindow = foldWindow({ stream, events, cutsBefore, carry }, DEFAULT_JOURNEY_SETTINGS, handed);
		windows.push({ stream, pieces: folded.pieces });
		carry = folded.carry;
	}
	return windows;
}

function shardOf(stored: readonly Stored[], longBytes: number, openTouches = OPEN_TOUCHES): ProfileShard {
	const port = Disk.take().port({ name: "profile/0", isStopped: false });
	const shard = new ProfileShard(port, () => START, TWIN_COUNT_LIMITS, { longBytes, openTouches });
	for (const [window, { stream, pieces }] of stored.entries()) {
		for (const piece of pieces) shard.pieces.save(stream, window, piece);
	}
	return shard;
}

function queryOf(rows: RowsOf, filter: Partial<RowFilter> & { profile?: string } = {}, charsMax = 1_000_000): RowQuery {
	const columns = TABLES[rows].columns.map(({ name, source, type }) => ({ name, source, isTime: type === "time" }));
	const time = { zone: null, style: "iso" } as const;
	const limit = Number.POSITIVE_INFINITY;
	return { rows, columns, time, limit, charsMax, bots: true, place: { after: "" }, ...filter };
}

function readAll(shard: ProfileShard, query: RowQuery): { lines: string[]; pages: number; bytesMax: number } {
	const lines: string[] = [];
	let [pages, bytesMax] = [0, 0];
	for (let place: RowPlace | null = query.place; place !== null; pages++) {
		const page = readRows(shard, { ...query, place });
		lines.push(...new TextDecoder().decode(page.bytes).split("\n").slice(0, -1));
		bytesMax = Math.max(bytesMax, page.bytes.byteLength);
		place = page.next;
	}
	return { lines, pages, bytesMax };
}

/** Few ids, views and devices, so that twins, late reports and long sessions meet in every way. */
const event = fc.record({
	kind: fc.constantFrom("view", "view", "view", "report", "order", "product", "call"),
	at: fc.nat(40),
	view: fc.nat(5),
	rev: fc.nat(3),
	engaged: fc.nat(20),
	id: fc.option(fc.nat(12), { nil: null }),
	trust: fc.constantFrom<Trust>("public", "public", "server"),
	bot: fc.boolean(),
	owner: fc.constantFrom("p1", "p1", "p1", "p2"),
});
const device = fc.record({ size: fc.integer({ min: 1, max: 6 }), events: fc.array(event, { maxLength: 24 }) });

function sceneOf(events: readonly (typeof event extends fc.Arbitrary<infer One> ? One : never)[], stream: string) {
	const seen = new Set<string>();
	const scenes = events.map((one, n): Scene => {
		const id = one.id === null || seen.has(`m${one.id}`) ? `${stream}-${n}` : `m${one.id}`;
		seen.add(id);
		const added = one.bot && one.view === 0 ? { bot: true as const } : {};
		const given = { at: one.at * 20 * MINUTE_MS, id, trust: one.trust, owner: one.owner, added };
		switch (one.kind) {
			case "view":
				return views(`/p${one.view}`, { ...given, viewId: `v${one.view}` });
			case "report":
				return reports(`v${one.view}`, one.rev, one.engaged * 1000, given);
			case "order":
				return tracks("Order Completed", { total: one.view, currency: "CNY" }, given);
			case "product":
				return tracks("Product Viewed", { product_id: "a" }, given);
			default:
				return happens({ type: "touch", channel: "phone", name: "call_completed", direction: "in" }, given);
		}
	});
	const placeOf = ({ event: { timestamp, sent } }: Scene) => `${timestamp} ${sent.messageId}`;
	return scenes.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

describe("a long chain", () => {
	it("has the same rows as one that is held, in every table, under every filter, however its pieces meet", () => {
		const filter = fc.record({
			from: fc.option(fc.nat(40), { nil: undefined }),
			span: fc.option(fc.nat(40), { nil: undefined }),
			channel: fc.option(fc.constantFrom("web", "phone"), { nil: undefined }),
			converted: fc.option(fc.boolean(), { nil: undefined }),
			bots: fc.boolean(),
			open: fc.constantFrom(1, 4, 1_000),
			charsMax: fc.constantFrom(50, 400, 1_000_000),
		});
		fc.assert(
			fc.property(fc.array(device, { minLength: 1, maxLength: 3 }), filter, (devices, wanted) => {
				const stored = devices.flatMap(({ size, events }, n) => foldDevice(`s${n}`, sceneOf(events, `s${n}`), size));
				const { from, span, channel, converted, bots, charsMax, open } = wanted;
				const [held, long] = [shardOf(stored, NOBODY_IS_LONG), shardOf(stored, ALL_ARE_LONG, open)];

				const start = from === undefined ? undefined : START + from * 20 * MINUTE_MS;
				const chosen = {
					bots,
					...(start === undefined ? {} : { from: start }),
					...(start === undefined || span === undefined ? {} : { to: start + span * 20 * MINUTE_MS }),
					...(channel === undefined ? {} : { channel }),
					...(converted === undefined ? {} : { converted }),
				};
				for (const rows of ROWS) {
					const expected = readAll(held, queryOf(rows, chosen)).lines;
					expect(readAll(long, queryOf(rows, chosen, charsMax)).lines, rows).toEqual(expected);
					const one = readAll(held, queryOf(rows, { ...chosen, profile: "p1" })).lines;
					expect(readAll(long, queryOf(rows, { ...chosen, profile: "p1" }, charsMax)).lines, rows).toEqual(one);
				}
				const query = { bots, withDetail: false, span: {} };
				const light = (shard: ProfileShard) =>
					readTouches(shard, "", query).map(({ touchpoints }) =>
						touchpoints.map(({ timestamp, type, effective, engagedMs }) => [
							timestamp,
							type,
							effective,
							engagedMs ?? 0,
						]),
					);
				expect(light(long)).toEqual(light(held));
			}),
			{ numRuns: 100 },
		);
	});
});

/** Visits of ten views on two devices at once, each a piece; a third tells late totals of the first's views. */
function busyPerson(visits: number): Stored[] {
	const sceneFor = (n: number, visit: number) =>
		Array.from({ length: 10 }, (_, step) =>
			views(`/p${step}`, {
				at: visit * 120 * MINUTE_MS + step * MINUTE_MS + n,
				id: `${n}-${visit}-${step}`,
				viewId: `${n}-${visit}-${step}`,
			}),
		);
	return Array.from({ length: visits }, (_, visit) => [
		...foldDevice("s0", sceneFor(0, visit), 500),
		...foldDevice("s1", sceneFor(1, visit), 500),
		...(visit % 10 === 0
			? foldDevice("s2", [reports(`0-${visit}-3`, 1, 15_000, { at: (visit * 120 + 200) * MINUTE_MS })], 500)
			: []),
	]).flat();
}

describe("what is held of a long chain", () => {
	const VISITS = 400;
	const shard = shardOf(busyPerson(VISITS), 10_000);
	/** Pieces unpacked at once, at most, and in all. */
	function watchUnpacking(): { most: number; all: number } {
		const seen = { most: 0, all: 0 };
		const { pieces } = shard;
		const read = Object.getPrototypeOf(Object.getPrototypeOf(pieces)).detailsAt as typeof pieces.detailsAt;
		pieces.detailsAt = (ids) => {
			seen.most = Math.max(seen.most, ids.length);
			seen.all += ids.length;
			return read.call(pieces, ids);
		};
		pieces.of = () => {
			throw new Error("a long person's pieces are read together");
		};
		return seen;
	}

	it.each(ROWS)("is a thousand touchpoints and not all of them, for %s", (rows) => {
		const seen = watchUnpacking();
		const charsMax = 100_000;
		const { lines, bytesMax, pages } = readAll(shard, queryOf(rows, {}, charsMax));
		expect(seen.most).toBeLessThanOrEqual(OPEN_TOUCHES / 10);
		if (rows === "touchpoints") {
			expect(lines).toHaveLength(2 * 10 * VISITS);
			expect(bytesMax).toBeLessThan(LONG_CUT_PAGES * charsMax + 2_000);
			// Not all of them again for each page.
			expect(pages).toBeGreaterThan(5);
			expect(seen.all).toBeLessThan(4 * 2 * VISITS);
		}
		if (rows === "sessions") expect(lines).toHaveLength(2 * VISITS);
	});

	it("is forgotten when the chain changes between two pages, which then goes on where it was", () => {
		const query = queryOf("touchpoints", {}, 100_000);
		const first = readRows(shard, query);
		const before = readAll(shard, query).lines;
		const late = foldDevice("s9", [views("/late", { at: (VISITS - 1) * 120 * MINUTE_MS + 99, id: "late" })], 1);
		for (const piece of late[0]?.pieces ?? []) shard.pieces.save("s9", 0, piece);
		expect(first.next).not.toBeNull();
		const rest = readAll(shard, { ...query, place: first.next ?? query.place }).lines;
		expect(first.rows + rest.length).toBe(before.length + 1);
		expect(rest.filter((line) => line.includes("/late"))).toHaveLength(1);
	});
});

describe("the change feed", () => {
	it("tells of somebody who changed often once, whole and in pages", async () => {
		const VISITS = 60;
		const port = Disk.take().port({ name: "profile/0", isStopped: false });
		const shard = new ProfileShard(port, () => START, TWIN_COUNT_LIMITS, {
			longBytes: 1_000,
			openTouches: OPEN_TOUCHES,
		});
		const other = foldDevice("o", [views("/other", { owner: "p2", id: "other" })], 1);
		const windows = [...busyPerson(VISITS), ...other];
		for (const [number, { stream, pieces }] of windows.entries()) {
			const body = { windows: [{ stream, window: number, pieces, was: [] }], erased: [] };
			await shard.acceptPieces({ from: "s", number, token: String(number), body } as never);
		}
		const query = queryOf("touchpoints", {}, 20_000);
		const until = shard.lastChange();
		const told: string[] = [];
		let pages = 0;
		for (let place: ChangePlace = { seq: 0 }; place.seq < until; pages++) {
			const page = readChanges(shard, place, query, until);
			expect(page.bytes.byteLength).toBeLessThan(LONG_CUT_PAGES * 20_000 + 2_000);
			expect([...page.gone, ...page.empty]).toEqual([]);
			told.push(...new TextDecoder().decode(page.bytes).split("\n").slice(0, -1));
			place = page.next;
		}
		expect(pages).toBeGreaterThan(5);
		expect(told.sort()).toEqual(readAll(shard, query).lines.sort());
	});
});
