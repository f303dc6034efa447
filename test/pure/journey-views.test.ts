import { describe, expect, it } from "vitest";
import { assembleChain } from "../../collector/journey/index.ts";
import { foldAll, happens, MINUTE_MS, reports, touchesOf, tracks, views } from "./journey-scene.ts";

describe("engaged time", () => {
	it("is the report with the largest rev, however often and in whatever order reports come", () => {
		const scene = [
			views("/a", { id: "m1" }),
			reports("/a", 3, 30_000, { at: 1, id: "m2" }),
			reports("/a", 1, 10_000, { at: 2, id: "m3" }),
			reports("/a", 3, 30_000, { at: 3, id: "m4" }),
			reports("/a", 2, 90_000, { at: 4, id: "m5" }),
		];
		const [view, ...others] = touchesOf(scene);
		expect(others).toEqual([]);
		expect(view).toMatchObject({ engagedMs: 30_000, visibleMs: 60_000, scrollDepth: 0.5, evidence: ["m1", "m4"] });
	});

	it("is unknown, not zero, where no report came", () => {
		expect(touchesOf([views("/a")])[0]).not.toHaveProperty("engagedMs");
	});

	it("counts each view of the same page for itself", () => {
		const scene = [
			views("/a", { viewId: "v1" }),
			views("/a", { at: 1, viewId: "v2" }),
			reports("v1", 1, 1000, { at: 2 }),
			reports("v2", 1, 2000, { at: 3 }),
		];
		expect(touchesOf(scene).map((touch) => touch.engagedMs)).toEqual([1000, 2000]);
	});

	it("finds its view when a clock put the report before it", () => {
		expect(touchesOf([reports("/a", 1, 7000), views("/a", { at: 1 })])[0]?.engagedMs).toBe(7000);
	});

	it("that reaches another visit waits as a part and is added in the chain", () => {
		const pieces = [
			...foldAll([views("/a"), reports("/a", 1, 1000, { at: 1 })]),
			...foldAll([reports("/a", 2, 9000, { at: 45 * MINUTE_MS })]),
		];
		expect(pieces[1]).toMatchObject({ touchpoints: [], parts: [{ viewId: "/a", rev: 2, engagedMs: 9000 }], events: 1 });
		for (const order of [pieces, pieces.toReversed()]) {
			expect(assembleChain(order).touchpoints.map((touch) => touch.engagedMs)).toEqual([9000]);
		}
	});

	it("of an older report in another visit does not replace a newer one", () => {
		const pieces = [
			...foldAll([views("/a"), reports("/a", 5, 1000, { at: 1 })]),
			...foldAll([reports("/a", 2, 9000, { at: 45 * MINUTE_MS })]),
		];
		expect(assembleChain(pieces).touchpoints[0]?.engagedMs).toBe(1000);
	});

	it("of one rev reported twice with other totals is the larger messageId's, in whatever piece", () => {
		const later = (id: string, engagedMs: number) => foldAll([reports("/a", 2, engagedMs, { at: 45 * MINUTE_MS, id })]);
		const pieces = [
			...foldAll([views("/a", { id: "m0" })]),
			...later("m3", 3000),
			...later("m9", 9000),
			...later("m5", 5000),
		];
		for (const order of [pieces, pieces.toReversed()]) {
			expect(assembleChain(order).touchpoints).toMatchObject([{ engagedMs: 9000, evidence: ["m0", "m9"] }]);
		}
	});

	it("of somebody else's view is not mine", () => {
		const pieces = foldAll([views("/a"), reports("/a", 1, 5000, { at: 1, owner: "p2" })]);
		expect(pieces[0]?.touchpoints[0]).not.toHaveProperty("engagedMs");
		expect(pieces[1]?.parts).toHaveLength(1);
	});

	it("of a page sent twice under two ids counts once", () => {
		const scene = [views("/a"), views("/a", { at: 1 }), reports("/a", 1, 5000, { at: 2 })];
		expect(touchesOf(scene).map((touch) => touch.engagedMs)).toEqual([5000, undefined]);
	});

	it("takes no nonsense: negative, endless and missing totals", () => {
		const scene = [
			views("/a"),
			tracks("Page Engaged", { viewId: "/a", rev: 1, engagedMs: -5, visibleMs: 1e18, scrollDepth: 7 }, { at: 1 }),
			tracks("Page Engaged", { rev: 9, engagedMs: 5 }, { at: 2 }),
			tracks("Page Engaged", { viewId: "/a", rev: "x", engagedMs: null }, { at: 3 }),
		];
		expect(touchesOf(scene)).toMatchObject([{ engagedMs: 0, visibleMs: 24 * 60 * MINUTE_MS, scrollDepth: 1 }]);
	});
});

describe("credit of views", () => {
	it("goes to the first of a session only", () => {
		const scene = [
			views("/a"),
			views("/b", { at: 1 }),
			views("/c", { at: 2 }),
			views("/d", { at: 60 * MINUTE_MS }),
			views("/e", { at: 61 * MINUTE_MS }),
		];
		expect(touchesOf(scene).map((touch) => touch.effective)).toEqual([true, false, false, true, false]);
	});

	it("is none for a bounce: one view, under ten seconds engaged, nothing else done", () => {
		const credit = (engagedMs: number) =>
			touchesOf([views("/a"), reports("/a", 1, engagedMs, { at: 1 })])[0]?.effective;
		expect(credit(9999)).toBe(false);
		expect(credit(10_000)).toBe(true);
		expect(touchesOf([views("/a")])[0]?.effective).toBe(false);
		expect(touchesOf([views("/a"), tracks("Link Clicked", {}, { at: 1 })])[0]?.effective).toBe(true);
		expect(touchesOf([views("/a"), tracks("page_scrolled", {}, { at: 1 })])[0]?.effective).toBe(false);
		expect(touchesOf([views("/a"), tracks("Email Opened", {}, { at: 1 })])[0]?.effective).toBe(false);
	});

	it("is none for robots", () => {
		const added = { bot: true };
		const scene = [views("/a", { added }), views("/b", { at: 1, added }), tracks("Link Clicked", {}, { at: 2, added })];
		for (const touch of touchesOf(scene)) {
			expect(touch).toMatchObject({ bot: true, automation: "automated", effective: false });
		}
	});

	it("is given back in the chain when what lifts the bounce lies in a later window", () => {
		const scene = [views("/a"), reports("/a", 1, 4000, { at: 1 }), reports("/a", 2, 12_000, { at: 2 })];
		const pieces = foldAll(scene, 2);
		expect(pieces[0]?.touchpoints[0]?.effective).toBe(false);
		expect(assembleChain(pieces).touchpoints[0]?.effective).toBe(true);
	});

	it("counts screens of an app as views", () => {
		const screen = (name: string, at: number) => happens({ type: "screen", name }, { at });
		const touches = touchesOf([screen("Home", 0), screen("Cart", 1)]);
		expect(touches.map((touch) => [touch.channel, touch.object?.title, touch.effective])).toEqual([
			["app", "Home", true],
			["app", "Cart", false],
		]);
	});
});
