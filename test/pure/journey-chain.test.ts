import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	assembleChain,
	countTwins,
	DEFAULT_JOURNEY_SETTINGS,
	foldWindow,
	journeyRow,
	pathOf,
	readPath,
	touchpointRow,
} from "../../collector/journey/index.ts";
import type { Piece, Trust } from "../../collector/model.ts";
import { foldAll, handed, happens, reports, type Scene, START, touchesOf, tracks, views } from "./journey-scene.ts";

const HOUR_MS = 3_600_000;

/** The same device's events under another stream key, so that ids differ. */
function foldStream(stream: string, events: Scene[]): Piece[] {
	const own = events.map((one) => ({ ...one, id: `${stream}:${one.event.sent.messageId}` }));
	return foldWindow(
		{ stream, events: own, cutsBefore: own.map(() => false), carry: null },
		DEFAULT_JOURNEY_SETTINGS,
		handed,
	).pieces;
}

describe("a chain", () => {
	it("orders touches of all streams by time, then by messageId", () => {
		const web = foldStream("web", [views("/a", { id: "b" }), views("/b", { at: 10, id: "d" })]);
		const phone = foldStream("phone", [
			happens({ type: "touch", channel: "phone", name: "call_completed" }, { id: "a" }),
			happens({ type: "touch", channel: "phone", name: "call_completed" }, { at: 5, id: "c" }),
		]);
		for (const pieces of [
			[...web, ...phone],
			[...phone, ...web],
		]) {
			expect(assembleChain(pieces).touchpoints.map((touch) => touch.evidence[0])).toEqual(["a", "b", "c", "d"]);
		}
	});

	it("shows one messageId from two streams once, the smaller, and keeps what was read there", () => {
		const first = foldStream("s1", [views("/a", { at: 5, id: "same" })]);
		const second = foldStream("s2", [views("/a", { at: 3, id: "same" }), reports("/a", 1, 20_000, { at: 9 })]);
		for (const pieces of [
			[...first, ...second],
			[...second, ...first],
		]) {
			const { touchpoints } = assembleChain(pieces);
			expect(touchpoints).toMatchObject([{ id: "s2:same", timestamp: START + 3, engagedMs: 20_000 }]);
			expect(countTwins(pieces)).toBe(1);
		}
	});

	it("shows a server's contact before a public one of the same messageId, however early that says it was", () => {
		const own = foldStream("s1", [tracks("Order Completed", {}, { at: 5, id: "same", trust: "server" })]);
		const forged = foldStream("s2", [tracks("Noise", {}, { at: 3, id: "same" })]);
		for (const pieces of [
			[...own, ...forged],
			[...forged, ...own],
		]) {
			expect(assembleChain(pieces).touchpoints.map(({ id }) => id)).toEqual(["s1:same"]);
		}
	});

	it("keeps the totals of a view when the copy that held them is not the one shown", () => {
		const shown = foldStream("s1", [views("/a", { at: 3, id: "same" })]);
		const dropped = foldStream("s2", [views("/a", { at: 5, id: "same" }), reports("/a", 1, 20_000, { at: 9 })]);
		expect(assembleChain([...dropped, ...shown]).touchpoints).toMatchObject([
			{ id: "s1:same", engagedMs: 20_000, effective: true },
		]);
	});

	it("merges identities, the earliest place first, in clear where they were ever given in clear", () => {
		const sha = "0".repeat(64);
		const piece = (value: string, firstAt: number): Piece => ({
			...(foldAll([views("/a")])[0] as Piece),
			identities: [{ kind: "email", value, hash: "h", firstAt, messageId: "m" }],
		});
		for (const pieces of [
			[piece(sha, 1), piece("li@a.cn", 2)],
			[piece("li@a.cn", 2), piece(sha, 1)],
		]) {
			expect(assembleChain(pieces).identities).toEqual([
				{ kind: "email", value: "li@a.cn", hash: "h", firstAt: 1, messageId: "m" },
			]);
		}
	});

	it("gives each trait the value of its last writer, whatever event carried it", () => {
		const pieces = foldAll([
			happens({ type: "identify", userId: "u1", traits: { city: "Hangzhou", plan: "free" } }),
			happens(
				{ type: "track", event: "X", context: { traits: { plan: "pro", city: "Wuhan" } }, traits: { city: "Beijing" } },
				{ at: 1 },
			),
			happens({ type: "group", groupId: "g", traits: { plan: "company" } }, { at: 2 }),
		]);
		expect(journeyRow("p1", assembleChain(pieces)).traits).toEqual({ city: "Beijing", plan: "pro" });
	});

	it("keeps what a server wrote of a trait, whatever a page writes later and in whichever piece it lies", () => {
		const name = (value: string, at: number, trust: Trust) =>
			happens(
				{ type: "identify", userId: "u1", traits: { name: value, [trust]: at } },
				{ at, trust, id: `${value}${at}` },
			);
		const told = [name("Li", 0, "server"), name("Li Wei", HOUR_MS, "server"), name("Thief", 2 * HOUR_MS, "public")];
		const wanted = { name: "Li Wei", server: HOUR_MS, public: 2 * HOUR_MS };
		const pieces = told.flatMap((scene) => foldAll([scene]));
		expect(journeyRow("p1", assembleChain(foldAll(told))).traits).toEqual(wanted);
		for (const order of [pieces, pieces.toReversed()]) {
			expect(journeyRow("p1", assembleChain(order)).traits).toEqual(wanted);
		}
	});

	it("takes its stage from the last touch that earns credit; moves back are kept", () => {
		const scene = [
			views("/a"),
			tracks("Order Completed", {}, { at: 1 }),
			tracks("Product Viewed", {}, { at: 2 }),
			tracks("Email Delivered", {}, { at: 3 }),
		];
		expect(assembleChain(foldAll(scene)).stage).toBe("consideration");
		expect(assembleChain(foldAll(scene.slice(0, 2))).stage).toBe("purchase");
		expect(assembleChain(foldAll([views("/a")])).stage).toBe("awareness");
		expect(assembleChain(foldAll([tracks("Odd")])).stage).toBeNull();
	});

	it("lists conversions with goal, time and value", () => {
		const scene = [views("/a"), tracks("Order Completed", { total: 10, currency: "CNY" }, { at: 7, id: "order" })];
		expect(assembleChain(foldAll(scene)).conversions).toEqual([
			{
				goal: "Order Completed",
				touchpointId: "touch:order",
				timestamp: START + 7,
				value: { amount: 1000, currency: "CNY", kind: "order" },
			},
		]);
	});

	it("leaves robots out on demand", () => {
		const pieces = foldAll([views("/a", { added: { bot: true } }), tracks("Odd", {}, { at: 1 })]);
		expect(assembleChain(pieces).touchpoints).toHaveLength(2);
		expect(assembleChain(pieces, { bots: false }).touchpoints.map((touch) => touch.type)).toEqual(["odd"]);
	});

	it("of nothing is empty", () => {
		expect(assembleChain([])).toEqual({
			touchpoints: [],
			identities: [],
			traits: [],
			conversions: [],
			stage: null,
			firstTouchAt: null,
			lastTouchAt: null,
			sessions: [],
		});
	});
});

describe("a journey row", () => {
	it("is the wire's form: ISO times, no member that is unknown", () => {
		const scene = [
			happens({ type: "identify", userId: "u1", traits: { city: "Wuhan" } }),
			views("/a", { at: 1, id: "m1" }),
		];
		const row = journeyRow("p1", assembleChain(foldAll(scene)));
		expect(row).toMatchObject({
			profileId: "p1",
			identities: [
				{ kind: "anonymousId", value: "device", hash: "anonymousId:device" },
				{ kind: "userId", value: "u1", hash: "userId:u1" },
			],
			traits: { city: "Wuhan" },
			firstTouchAt: "2026-03-01T12:00:00.001Z",
			lastTouchAt: "2026-03-01T12:00:00.001Z",
			stage: "awareness",
			conversions: [],
		});
		expect(row).not.toHaveProperty("truncated");
		expect(row.touchpoints[0]?.timestamp).toBe("2026-03-01T12:00:00.001Z");
		expect(JSON.parse(JSON.stringify(row))).toEqual(row);
	});

	it("keeps a trait called __proto__ a plain member", () => {
		const traits = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
		const row = journeyRow("p1", assembleChain(foldAll([happens({ type: "identify", userId: "u1", traits })])));
		expect(Object.keys(row.traits)).toEqual(["__proto__", "a"]);
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
	});

	it("shows ten thousand touches and says when there are more", () => {
		const piece = foldAll([tracks("Odd")])[0] as Piece;
		const [touch] = piece.touchpoints;
		if (touch === undefined) throw new Error("no touch");
		const many = (count: number) =>
			journeyRow("p1", {
				...assembleChain([]),
				touchpoints: Array.from({ length: count }, (_, index) => ({ ...touch, id: `${index}` })),
			});
		expect(many(10_000)).not.toHaveProperty("truncated");
		const over = many(10_001);
		expect(over.truncated).toBe(true);
		expect(over.touchpoints.map((one) => one.id).at(-1)).toBe("9999");
	});
});

describe("a packed path", () => {
	it("reads back as it was packed, in the fields that it holds, with numbers for visits", () => {
		const SESSIONS_BEFORE = 3;
		const scene = [
			views("/a", { campaign: { source: "news", medium: "email", name: "march" } }),
			reports("/a", 1, 15_000, { at: 1 }),
			views("/b", { at: 2 }),
			tracks("Order Completed", { total: 10, currency: "CNY" }, { at: 3 }),
			happens({ type: "touch", channel: "phone", name: "call_completed" }, { at: 4 }),
			views("/c", { at: 5, added: { bot: true }, cut: true }),
		];
		const touches = touchesOf(scene);
		const path = pathOf(touches);
		const read = readPath("p1", path, SESSIONS_BEFORE);
		expect(read).toEqual(
			touches.map(({ timestamp, channel, type, direction, automation, effective, online, ...one }) => {
				const { traffic, source, medium, campaign, stage, conversion, engagedMs, scrollDepth } = one;
				const { deviceFamily, page, value } = one;
				const session = path.sessions.indexOf(one.sessionId ?? "");
				const known = { traffic, source, medium, campaign, stage, conversion, engagedMs, scrollDepth };
				return {
					profileId: "p1",
					...{ timestamp, channel, type, direction, automation, effective, online },
					...known,
					deviceFamily,
					sessionId: session < 0 ? undefined : String(session + 1 + SESSIONS_BEFORE),
					direct: one.direct ?? false,
					bot: one.bot ?? false,
					page: page === undefined ? undefined : { path: page.path },
					value: value === undefined ? undefined : { amount: value.amount, currency: value.currency },
				};
			}),
		);
		expect(read.map(({ page }) => page?.path)).toContain("/b");
		expect(read.some(({ page }) => page === undefined)).toBe(true);
	});

	it("keeps times exact, in any order", () => {
		const [touch] = touchesOf([views("/a")]);
		if (touch === undefined) throw new Error("no touch");
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 })), (times) => {
				const path = pathOf(times.map((timestamp) => ({ ...touch, timestamp })));
				expect(readPath("p1", path, 0).map(({ timestamp }) => timestamp)).toEqual(times);
			}),
		);
	});

	it("of nothing is empty", () => {
		expect(readPath("p1", pathOf([]), 0)).toEqual([]);
	});
});

describe("a touchpoint row", () => {
	it("changes the time and nothing else", () => {
		const [touch] = touchesOf([views("/a")]);
		if (touch === undefined) throw new Error("no touch");
		expect(touchpointRow(touch)).toEqual({ ...touch, timestamp: "2026-03-01T12:00:00.000Z" });
	});
});
