import { describe, expect, it } from "vitest";
import { assembleChain, DEFAULT_JOURNEY_SETTINGS, parseJourneySettings } from "../../collector/journey/index.ts";
import { foldAll, happens, MINUTE_MS, type Scene, START, touchesOf, tracks, views } from "./journey-scene.ts";

const HOUR_MS = 60 * MINUTE_MS;
const sessionIds = (scene: Scene[]) => touchesOf(scene).map((touch) => touch.sessionId);
const countSessions = (scene: Scene[]) => new Set(sessionIds(scene)).size;

describe("a session", () => {
	it("goes on over a gap of 30 minutes and ends with one of a millisecond more", () => {
		expect(countSessions([views("/a"), views("/b", { at: 30 * MINUTE_MS - 1000 })])).toBe(1);
		expect(countSessions([views("/a"), views("/b", { at: 30 * MINUTE_MS })])).toBe(1);
		expect(countSessions([views("/a"), views("/b", { at: 30 * MINUTE_MS + 1 })])).toBe(2);
	});

	it("lasts 24 hours at most", () => {
		const everyHalfHour = (until: number) =>
			Array.from({ length: 48 }, (_, index) => views(`/${index}`, { at: index * 30 * MINUTE_MS })).concat(
				views("/last", { at: until }),
			);
		expect(countSessions(everyHalfHour(24 * HOUR_MS))).toBe(1);
		const over = everyHalfHour(24 * HOUR_MS - 1).concat(views("/over", { at: 24 * HOUR_MS + 1 }));
		expect(countSessions(over)).toBe(2);
	});

	it("is not split at midnight", () => {
		const toMidnight = 12 * HOUR_MS;
		expect(countSessions([views("/a", { at: toMidnight - 1 }), views("/b", { at: toMidnight + 1 })])).toBe(1);
	});

	it("is kept alive by events that are no touchpoints", () => {
		const identify = happens({ type: "identify", userId: "u1" }, { at: 20 * MINUTE_MS });
		expect(countSessions([views("/a"), identify, views("/b", { at: 40 * MINUTE_MS })])).toBe(1);
	});

	it("ends where the owner changes, also when the first one comes back", () => {
		const scene = [views("/a"), views("/b", { at: 1, owner: "p2" }), views("/c", { at: 2 })];
		const pieces = foldAll(scene);
		expect(pieces.map((piece) => piece.profileId)).toEqual(["p1", "p2"]);
		expect(new Set(pieces.flatMap((piece) => piece.touchpoints.map((touch) => touch.sessionId))).size).toBe(3);
	});

	it("ends at a reset", () => {
		expect(countSessions([views("/a"), views("/b", { at: 1, cut: true })])).toBe(2);
	});

	it("is named by its stream and its first event, whatever that is", () => {
		const scene = [happens({ type: "identify", userId: "u1" }, { id: "first" }), views("/a", { at: 1, id: "second" })];
		expect(sessionIds(scene)).toEqual(["session<stream\nfirst>"]);
	});

	it("holds what people do on the site or in the app, not calls, mails and pushes that lie between", () => {
		const scene = [
			views("/a"),
			happens({ type: "touch", channel: "phone", name: "call_completed" }, { at: 1 }),
			tracks("Email Delivered", {}, { at: 2 }),
			tracks("Push Notification Received", {}, { at: 3 }),
			tracks("Link Clicked", { kind: "outbound" }, { at: 4 }),
		];
		const [view, call, mail, push, click] = touchesOf(scene);
		expect(view?.sessionId).toBeDefined();
		expect(click?.sessionId).toBe(view?.sessionId);
		for (const other of [call, mail, push]) {
			expect(other?.sessionId).toBeUndefined();
			expect(other?.traffic).toBeUndefined();
		}
	});
});

describe("the source of a visit", () => {
	const NEWS = { source: "news", medium: "email", name: "march" };
	const ADS = { source: "google", medium: "cpc", name: "spring" };

	it("is the first touchpoint's and stands on all of the session", () => {
		const scene = [
			views("/a", { campaign: NEWS }),
			views("/b", { at: 1, referrer: "https://shop.example/a" }),
			tracks("Link Clicked", {}, { at: 2 }),
		];
		for (const touch of touchesOf(scene)) {
			expect(touch).toMatchObject({
				traffic: "By email",
				source: "news",
				medium: "email",
				campaign: "march",
				channelRule: { rule: "campaign", evidence: "utm_source=news" },
			});
			expect(touch.direct).toBeUndefined();
		}
	});

	it("is direct when nothing is known", () => {
		expect(touchesOf([views("/a")])[0]).toMatchObject({ direct: true, traffic: "Direct" });
	});

	it("is read anew in the next session", () => {
		const scene = [views("/a", { campaign: NEWS }), views("/b", { at: 2 * HOUR_MS })];
		expect(touchesOf(scene).map((touch) => touch.source)).toEqual(["news", "(direct)"]);
	});

	it("stays when a new campaign comes inside the session, but that view is a touch of its own", () => {
		const scene = [
			views("/a", { campaign: NEWS }),
			views("/b", { at: 1, campaign: ADS }),
			views("/b", { at: 2, campaign: ADS, viewId: "reload" }),
			views("/c", { at: 3 }),
			views("/a", { at: 4, campaign: NEWS, viewId: "again" }),
		];
		const touches = touchesOf(scene);
		expect(touches.map((touch) => touch.source)).toEqual(["news", "google", "news", "news", "news"]);
		expect(touches.map((touch) => touch.effective)).toEqual([true, true, false, false, false]);
		expect(new Set(touches.map((touch) => touch.sessionId)).size).toBe(1);
	});

	it("stays when only another referrer comes inside the session", () => {
		const scene = [
			views("/a", { referrer: "https://blog.example/" }),
			views("/b", { at: 1, referrer: "https://search.example/" }),
		];
		expect(touchesOf(scene).map((touch) => touch.source)).toEqual(["blog.example", "blog.example"]);
	});

	it("is never a payment page, a sign-on page or a host of one's own", () => {
		const back = (host: string) => touchesOf([views("/thanks", { referrer: `https://${host}/x` })])[0]?.direct ?? false;
		expect(back("checkout.stripe.com")).toBe(true);
		expect(back("mclient.alipay.com")).toBe(true);
		expect(back("accounts.google.com")).toBe(true);
		expect(back("www.google.com")).toBe(false);
		expect(back("notstripe.com")).toBe(false);

		const parsed = parseJourneySettings({ hosts: { internal: ["blog.example"] } });
		if (!parsed.ok) throw new Error(parsed.message);
		const fromBlog = [views("/a", { referrer: "https://www.blog.example/" })];
		expect(touchesOf(fromBlog, parsed.value)[0]?.direct).toBe(true);
		expect(touchesOf(fromBlog, DEFAULT_JOURNEY_SETTINGS)[0]?.source).toBe("www.blog.example");
	});
});

describe("rows of sessions", () => {
	it("sum up a visit: pages, times, source and conversions", () => {
		const scene = [
			views("/a", { campaign: { source: "news", medium: "email" }, added: { deviceFamily: "mobile" } }),
			tracks("Page Engaged", { viewId: "/a", rev: 1, engagedMs: 4000, visibleMs: 6000, scrollDepth: 1 }, { at: 5000 }),
			views("/b", { at: 10_000 }),
			tracks("Order Completed", { total: 10, currency: "CNY" }, { at: 20_000 }),
			views("/c", { at: 30_000 }),
			tracks("Page Engaged", { viewId: "/c", rev: 1, engagedMs: 500, visibleMs: 2500, scrollDepth: 1 }, { at: 33_000 }),
			views("/d", { at: 3 * HOUR_MS }),
		];
		const { sessions } = assembleChain(foldAll(scene));
		expect(sessions).toHaveLength(2);
		expect(sessions[0]).toMatchObject({
			profileId: "p1",
			channel: "web",
			startAt: START,
			endAt: START + 32_500,
			touchpoints: 4,
			views: 3,
			engagedMs: 4500,
			entryPage: "/a",
			exitPage: "/c",
			source: "news",
			conversions: 1,
			bounce: false,
			deviceFamily: "mobile",
		});
		expect(sessions[1]).toMatchObject({ views: 1, entryPage: "/d", exitPage: "/d", direct: true, bounce: true });
	});

	it("are none for a chain without visits", () => {
		const call = happens({ type: "touch", channel: "phone", name: "call_completed" });
		expect(assembleChain(foldAll([call])).sessions).toEqual([]);
	});
});
