/** The journey room with the ingest room's real reading of campaigns, as the store puts them together. */
import { describe, expect, it } from "vitest";
import { classifyTraffic } from "../../collector/ingest/classify-traffic.ts";
import { readCampaign } from "../../collector/ingest/read-campaign.ts";
import { DEFAULT_JOURNEY_SETTINGS, foldWindow, type Handed } from "../../collector/journey/index.ts";
import { handed, happens, type Scene, views } from "./journey-scene.ts";

type Facts = ReturnType<typeof readCampaign>;
const real: Handed<Facts> = { ...handed, readCampaign, classify: (facts) => classifyTraffic(facts) };

function touchesOf(events: Scene[]) {
	const window = { stream: "stream", events, cutsBefore: events.map((one) => one.cut), carry: null };
	return foldWindow(window, DEFAULT_JOURNEY_SETTINGS, real).pieces.flatMap((piece) => piece.touchpoints);
}

/** A page as another script sends it: the campaign stands in the address only. */
const at = (path: string, query: string, given: { at?: number; referrer?: string } = {}) => {
	const page = { url: `https://shop.example${path}${query}`, path, referrer: given.referrer ?? "" };
	return happens({ type: "page", context: { page } }, given);
};

describe("a visit's traffic", () => {
	it("comes from the landing page's tags and click id, with the rule and its evidence", () => {
		const [touch] = touchesOf([at("/", "?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=abc")]);
		expect(touch).toMatchObject({
			traffic: "Paid Search",
			source: "google",
			medium: "cpc",
			campaign: "spring",
			clickId: { kind: "google_ads", value: "abc" },
			channelRule: { rule: "campaign" },
		});
		expect(touch?.channelRule?.evidence).toContain("google");
		expect(touch).not.toHaveProperty("direct");
	});

	it("is no referral when the visitor comes back from paying", () => {
		expect(touchesOf([at("/thanks", "", { referrer: "https://checkout.stripe.com/pay" })])[0]).toMatchObject({
			traffic: "Direct",
			direct: true,
		});
	});

	it("is not touched again by a reload, also where the tag leaves the source to the referrer", () => {
		const landing = { referrer: "https://www.google.com/" };
		const scene = [at("/", "?utm_campaign=spring", landing), at("/", "?utm_campaign=spring", { at: 1, ...landing })];
		expect(touchesOf(scene).map((touch) => touch.effective)).toEqual([true, false]);
		expect(new Set(touchesOf(scene).map((touch) => touch.source)).size).toBe(1);
	});

	it("is not changed by a link with unreplaced macros inside the session", () => {
		const scene = [
			at("/", "?utm_source=news&utm_medium=email"),
			at("/b", "?gclid={gclid}&utm_source={{site_source_name}}", { at: 1 }),
		];
		expect(touchesOf(scene).map((touch) => [touch.source, touch.effective])).toEqual([
			["news", true],
			["news", false],
		]);
	});

	it("of our own script is what the script says, not what a reloaded address still carries", () => {
		const url = "https://shop.example/?utm_source=news&utm_medium=email";
		const campaign = { source: "news", medium: "email" };
		const scene = [views("/", { url, campaign }), views("/", { url, at: 1 }), views("/", { url, at: 3 * 3600_000 })];
		expect(touchesOf(scene).map((touch) => [touch.source, touch.direct ?? false])).toEqual([
			["news", false],
			["news", false],
			["(direct)", true],
		]);
	});

	it("gains a touch by another click id inside the session", () => {
		const scene = [at("/", "?gclid=a"), at("/", "?gclid=b", { at: 1 })];
		expect(touchesOf(scene).map((touch) => [touch.clickId?.value, touch.effective])).toEqual([
			["a", true],
			["b", true],
		]);
	});
});
