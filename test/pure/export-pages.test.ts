/** Pages of rows, as an export walks them: every row once and in order, however small a page is. */
import { describe, expect, it } from "vitest";
import { TABLES } from "../../collector/export/index.ts";
import type { Span } from "../../collector/store/profile-shard/piece-reader.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { type RowPlace, type RowQuery, readRows } from "../../collector/store/profile-shard/read-rows.ts";
import { readTouches } from "../../collector/store/profile-shard/read-touches.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, MINUTE_MS, type Scene, views } from "./journey-scene.ts";

const VIEWS = 200;
/** As row-page.ts has it. */
const CUT_PAGES = 16;

/** One person. @param size events to a piece */
function shardOf(scene: Scene[], size = 1): ProfileShard {
	const shard = new ProfileShard(Disk.take().port({ name: "profile/0", isStopped: false }), () => 0);
	for (const [window, piece] of foldAll(scene, size).entries()) shard.pieces.save("stream", window, piece);
	return shard;
}

/** Visits, many of them. */
const VISITS = Array.from({ length: VIEWS }, (_, n) => views(`/p${n}`, { at: n * 45 * MINUTE_MS }));

function walk(shard: ProfileShard, charsMax: number, limit = Number.POSITIVE_INFINITY, span: Span = {}) {
	const columns = TABLES.touchpoints.columns.map(({ name, source, type }) => ({
		name,
		source,
		isTime: type === "time",
	}));
	const pages: { bytes: number; urls: string[] }[] = [];
	let place: RowPlace | null = { after: "" };
	while (place !== null) {
		const query: RowQuery = {
			...{ rows: "touchpoints", columns, place, limit, charsMax, bots: true, ...span },
			time: { zone: null, style: "iso" },
		};
		const page = readRows(shard, query);
		const lines = new TextDecoder().decode(page.bytes).split("\n").slice(0, -1);
		pages.push({
			bytes: page.bytes.byteLength,
			urls: lines.map((line) => (JSON.parse(line) as { pagePath: string }).pagePath),
		});
		place = page.next;
	}
	return pages;
}

const WANTED = Array.from({ length: VIEWS }, (_, n) => `/p${n}`);

describe("pages of rows", () => {
	it("have a person's rows whole up to sixteen pages' worth, and cut what is longer", () => {
		const shard = shardOf(VISITS, 4);
		const [whole] = walk(shard, 1_000_000);
		const bytes = whole?.bytes ?? 0;
		expect(whole?.urls).toEqual(WANTED);
		const fits = walk(shard, Math.ceil(bytes / CUT_PAGES));
		expect(fits[0]?.urls).toEqual(WANTED);
		const cut = walk(shard, Math.ceil(bytes / CUT_PAGES / 3));
		expect(cut.filter(({ urls }) => urls.length > 0).length).toBeGreaterThan(2);
		expect(cut.flatMap(({ urls }) => urls)).toEqual(WANTED);
	});

	it("stop at the rows asked for and go on behind them", () => {
		const pages = walk(shardOf(VISITS, 4), 1_000_000, 7);
		expect(pages[0]?.urls).toEqual(WANTED.slice(0, 7));
		expect(pages.flatMap(({ urls }) => urls)).toEqual(WANTED);
	});
});

describe("people without anything in the time asked for", () => {
	const scene = [0, 1, 2].map((visit) => views(`/p${visit}`, { at: visit * 24 * 60 * MINUTE_MS }));
	const [first, second, third] = foldAll(scene, 1).map(({ touchpoints }) => touchpoints[0]?.timestamp ?? 0);
	const shard = shardOf(scene);
	const touches = (from?: number, to?: number) => {
		const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
		const [one, ...others] = readTouches(shard, "", { bots: true, withDetail: false, span });
		expect(others).toEqual([]);
		return one?.touchpoints.map(({ page }) => page?.path);
	};

	it("come without touchpoints, and all others with every one, at both bounds", () => {
		const all = ["/p0", "/p1", "/p2"];
		expect(touches()).toEqual(all);
		expect(touches(third)).toEqual(all);
		expect(touches((third ?? 0) + 1)).toEqual([]);
		expect(touches(undefined, (first ?? 0) + 1)).toEqual(all);
		expect(touches(undefined, first)).toEqual([]);
		expect(touches((first ?? 0) + 1, second)).toEqual([]);
		expect(touches(second, (second ?? 0) + 1)).toEqual(all);
	});

	it("are in no export, whose rows are those in it", () => {
		const urls = (from: number, to: number) => walk(shard, 1_000_000, 100, { from, to }).flatMap((page) => page.urls);
		expect(urls(first ?? 0, third ?? 0)).toEqual(["/p0", "/p1"]);
		expect(urls((third ?? 0) + 1, (third ?? 0) + 2)).toEqual([]);
	});
});
