/** What lies in a piece's columns, read as it lies: either it says what the chain says, or it says that it cannot. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleChain } from "../../collector/journey/index.ts";
import type { Piece, Touchpoint } from "../../collector/model.ts";
import { packDetail, unpackDetails } from "../../collector/store/profile-shard/detail-codec.ts";
import { PathReader, PathWriter } from "../../collector/store/profile-shard/path-bytes.ts";
import { storedLines } from "../../collector/store/profile-shard/read-lines.ts";
import { touchesOfPaths } from "../../collector/store/profile-shard/read-touches.ts";
import { hashesOf, linesOfDetail, readDetail, writeDetail } from "../../collector/store/profile-shard/stored-detail.ts";
import { loadPath, storePath } from "../../collector/store/profile-shard/stored-path.ts";
import { createRandom } from "../support/random.ts";
import { foldAll, MINUTE_MS, reports, type Scene, tracks, views } from "./journey-scene.ts";

const HISTORIES = 400;

const NAMES = { profile: "p1", stream: "anonymousId=d1", firstAt: 1_767_225_600_000, lastAt: 1_767_225_600_000 };

function thereAndBack(pieces: readonly Piece[]): Uint8Array[] {
	const stored = pieces.map((piece) => {
		const names = { ...NAMES, profile: piece.profileId, firstAt: piece.firstAt, lastAt: piece.lastAt };
		return { names, packed: packDetail(writeDetail(piece), names, hashesOf(piece)) };
	});
	return unpackDetails(stored);
}

function load(piece: Piece) {
	return loadPath(storePath(piece));
}

/** What analyses read of a touchpoint; of its visit only that it is the same as of others. */
function seen(all: readonly Touchpoint[]) {
	const visits = new Map<string, number>();
	return all.map((one) => {
		const { timestamp, channel, type, traffic, source, medium, campaign, stage, conversion, effective, online } = one;
		const { engagedMs, scrollDepth, deviceFamily, direction, automation, sessionId, page } = one;
		if (sessionId !== undefined && !visits.has(sessionId)) visits.set(sessionId, visits.size);
		return {
			...{ timestamp, channel, type, traffic, source, medium, campaign, stage, conversion, effective, online },
			...{ engagedMs, scrollDepth, deviceFamily, direction, automation },
			visit: sessionId === undefined ? null : visits.get(sessionId),
			page: page === undefined ? null : (page.path ?? ""),
			direct: one.direct ?? false,
			amount: one.value?.amount,
			currency: one.value?.currency,
		};
	});
}

function randomScene(seed: number): Scene[] {
	const random = createRandom(seed);
	const scene: Scene[] = [];
	let at = 0;
	for (let n = 0; n < 12; n++) {
		at += random() < 0.3 ? 45 * MINUTE_MS : Math.floor(random() * 5 * MINUTE_MS) + 1;
		const kind = random();
		const viewId = `v${Math.floor(random() * 4)}`;
		if (kind < 0.5)
			scene.push(views(`/p${n}`, { at, viewId, ...(kind < 0.2 ? { campaign: { source: "s", medium: "cpc" } } : {}) }));
		else if (kind < 0.8) scene.push(reports(viewId, n + 1, Math.floor(random() * 20_000), { at }));
		else scene.push(tracks("Order Completed", { total: 12.5, currency: "CNY", order_id: `${n}` }, { at }));
	}
	return scene;
}

describe("packed columns", () => {
	it("equal the chain wherever they claim to, in windows of every size", () => {
		let [final, left] = [0, 0];
		for (let seed = 1; seed <= HISTORIES; seed++) {
			const pieces = foldAll(randomScene(seed), 1 + (seed % 14)).filter(({ profileId }) => profileId === "p1");
			const light = touchesOfPaths("p1", pieces.map(load), true);
			if (light === null) {
				left++;
				continue;
			}
			final++;
			expect(seen(light)).toEqual(seen(assembleChain(pieces).touchpoints));
		}
		// Both ways must have been tried.
		expect(final).toBeGreaterThan(20);
		expect(left).toBeGreaterThan(20);
	});

	it("come back from storage as they went in, short and long", () => {
		for (const count of [1, 200]) {
			const scene = Array.from({ length: count }, (_, n) => views(`/p${n}`, { at: n * MINUTE_MS }));
			const [piece] = foldAll(scene);
			expect(piece).toBeDefined();
			if (piece === undefined) return;
			expect(storePath(piece).byteLength / count).toBeLessThan(count === 1 ? 100 : 22);
			expect(seen(touchesOfPaths("p1", [load(piece)], true) ?? [])).toEqual(seen(assembleChain([piece]).touchpoints));
		}
	});
});

describe("bytes of a path", () => {
	it("give numbers and texts back, whatever they are", () => {
		const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("web", "", "\uFEFFmark", "x".repeat(500)));
		const number = fc.oneof(
			fc.integer(),
			fc.maxSafeInteger(),
			fc.double({ noNaN: true }),
			fc.constantFrom(2 ** 51, 127),
		);
		const hashes = fc.array(fc.integer({ min: 0, max: 2 ** 24 - 1 }));
		fc.assert(
			fc.property(
				fc.array(text),
				fc.array(number),
				fc.array(fc.maxSafeNat()),
				hashes,
				(texts, numbers, counts, marks) => {
					const writer = new PathWriter();
					for (const one of texts) writer.text(one);
					for (const one of numbers) writer.number(one);
					const small = counts.map((count) => Math.floor(count / 2));
					for (const one of small) writer.count(one);
					writer.hashes(marks);
					const reader = new PathReader(writer.finish());
					expect(texts.map(() => reader.text())).toEqual(texts);
					// Minus zero is zero: nothing here tells them apart.
					expect(numbers.map(() => reader.number())).toEqual(numbers.map((one) => one + 0));
					expect(small.map(() => reader.count())).toEqual(small);
					expect(reader.hashes(marks.length)).toEqual(marks);
					reader.finish();
				},
			),
		);
	});

	it("are refused when they are cut, longer or of another version", () => {
		const [piece] = foldAll([views("/a"), views("/b", { at: MINUTE_MS })]);
		const bytes = storePath(piece as Piece);
		for (let length = 1; length < bytes.length; length++) expect(() => loadPath(bytes.slice(0, length))).toThrow();
		expect(() => loadPath(Uint8Array.from([...bytes, 0]))).toThrow("as long");
		expect(() => loadPath(Uint8Array.from([9, ...bytes.slice(1)]))).toThrow("version 9");
	});
});

const utf8 = new TextDecoder();

/** A piece's touchpoints as lines, as an export writes them when it has judged the whole chain. */
function linesOf(touchpoints: Touchpoint[]): string[] {
	const [piece] = foldAll([views("/")]);
	const text = writeDetail({ ...(piece as Piece), touchpoints });
	return text.split("\n").slice(0, -1);
}

describe("stored lines", () => {
	it("are the chain's rows wherever they claim to be, under every filter", () => {
		const sides = { taken: 0, left: 0, cut: 0 };
		for (let seed = 1; seed <= HISTORIES; seed++) {
			const pieces = foldAll(randomScene(seed), 1 + (seed % 14)).filter(({ profileId }) => profileId === "p1");
			const details = thereAndBack(pieces);
			const { touchpoints } = assembleChain(pieces);
			const middle = touchpoints[Math.floor(touchpoints.length / 2)]?.timestamp ?? 0;
			for (const filter of [
				{},
				{ from: middle },
				{ to: middle },
				{ channel: "shop" },
				{ converted: true },
				{ converted: false, to: middle },
			]) {
				const found = storedLines({ paths: () => pieces.map(load), details }, { bots: true, ...filter });
				if (found === null) {
					sides.left++;
					continue;
				}
				const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, channel, converted } = filter;
				const inside = touchpoints.filter(({ timestamp }) => timestamp >= from && timestamp < to);
				const isMeant =
					converted === undefined || inside.some(({ conversion }) => conversion !== undefined) === converted;
				const wanted = inside.filter((one) => isMeant && (channel === undefined || one.channel === channel));
				const text = found.lines.map((chunk) => utf8.decode(chunk)).join("");
				expect(text.split("\n").slice(0, -1)).toEqual(linesOf(wanted));
				expect(found.rows).toBe(wanted.length);
				sides.taken++;
				if (wanted.length > 0 && wanted.length < touchpoints.length) sides.cut++;
			}
		}
		expect(Math.min(sides.taken, sides.left, sides.cut)).toBeGreaterThan(100);
	});

	it("give the piece back whole, whatever its touches carry", () => {
		const odd: Touchpoint = {
			id: "t",
			profileId: "p1",
			timestamp: Date.UTC(2026, 1, 3, 4, 5, 6, 7),
			channel: "phone",
			type: "call_completed",
			direction: "in",
			online: false,
			clickId: { kind: "k", value: 'line\nfeed \u2028 \ud800 "quoted"' },
			channelRule: { rule: "r", evidence: "" },
			participants: [{ role: "staff", ref: "7", name: "王" }],
			page: { title: "only a title" },
			object: { ref: "r" },
			outcome: { status: "done" },
			value: { amount: -5, currency: "CNY" },
			score: { metric: "nps", value: 9.5, min: 0, max: 10 },
			signals: { __proto__: 1, "1": 2 } as { [name: string]: number },
			automation: "human",
			effective: true,
			evidence: ["m1", "m2"],
		};
		const [piece] = foldAll([views("/"), views("/b")]);
		for (const touchpoints of [[], [odd], [odd, ...((piece as Piece).touchpoints ?? [])]]) {
			const whole = { ...(piece as Piece), touchpoints };
			const [detail] = thereAndBack([whole]);
			expect(JSON.stringify(readDetail(detail as Uint8Array).touchpoints)).toBe(JSON.stringify(touchpoints));
			expect(readDetail(detail as Uint8Array)).toEqual(JSON.parse(JSON.stringify(whole)));
			expect(utf8.decode(linesOfDetail(detail as Uint8Array)).split("\n")).toHaveLength(touchpoints.length + 1);
		}
	});

	it("are inflated many at once, each in its own length, above the size of one call too", () => {
		const texts = Array.from({ length: 40 }, (_, n) => String.fromCharCode(65 + n, 0x4e00 + n).repeat(n * 5_000));
		const stored = texts.map((text) => ({ names: NAMES, packed: packDetail(text, NAMES, []) }));
		expect(unpackDetails(stored).map((bytes) => utf8.decode(bytes))).toEqual(texts);
		expect(unpackDetails([])).toEqual([]);
	});
});
