/** Pages of rows, as an export walks them: every row once and in order, however small a page is. */
import { describe, expect, it } from "vitest";
import { TABLES } from "../../collector/export/index.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { type RowPlace, type RowQuery, readRows } from "../../collector/store/profile-shard/read-rows.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, MINUTE_MS, views } from "./journey-scene.ts";

const VIEWS = 200;
/** As row-page.ts has it. */
const CUT_PAGES = 16;

/** One person whose visits are many, each a piece. */
function shardOf(): ProfileShard {
	const shard = new ProfileShard(Disk.take().port({ name: "profile/0", isStopped: false }), () => 0);
	const scene = Array.from({ length: VIEWS }, (_, n) => views(`/p${n}`, { at: n * 45 * MINUTE_MS }));
	for (const [window, piece] of foldAll(scene, 4).entries()) shard.pieces.save("stream", window, piece);
	return shard;
}

function walk(shard: ProfileShard, charsMax: number, limit = Number.POSITIVE_INFINITY) {
	const columns = TABLES.touchpoints.columns.map(({ name, source, type }) => ({
		name,
		source,
		isTime: type === "time",
	}));
	const pages: { bytes: number; urls: string[] }[] = [];
	let place: RowPlace | null = { after: "" };
	while (place !== null) {
		const query: RowQuery = {
			...{ rows: "touchpoints", columns, place, limit, charsMax, bots: true },
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
		const shard = shardOf();
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
		const pages = walk(shardOf(), 1_000_000, 7);
		expect(pages[0]?.urls).toEqual(WANTED.slice(0, 7));
		expect(pages.flatMap(({ urls }) => urls)).toEqual(WANTED);
	});
});
