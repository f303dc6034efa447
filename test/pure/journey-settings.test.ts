import { describe, expect, it } from "vitest";
import { DEFAULT_JOURNEY_SETTINGS, parseJourneySettings } from "../../collector/journey/index.ts";
import { RULES_MAX } from "../../collector/journey/settings.ts";
import { DEFAULT_SETTINGS, readStoredConfig } from "../../collector/store/config.ts";
import { touchesOf, tracks } from "./journey-scene.ts";

describe("journey settings", () => {
	it("take their defaults where nothing is said", () => {
		expect(parseJourneySettings({})).toEqual({ ok: true, value: DEFAULT_JOURNEY_SETTINGS });
		const parsed = parseJourneySettings({ currency: "CNY" });
		expect(parsed).toEqual({ ok: true, value: { ...DEFAULT_JOURNEY_SETTINGS, currency: "CNY" } });
	});

	it("survive JSON and a second reading", () => {
		const stored = JSON.parse(JSON.stringify(DEFAULT_JOURNEY_SETTINGS));
		expect(parseJourneySettings(stored)).toEqual({ ok: true, value: DEFAULT_JOURNEY_SETTINGS });
	});

	it.each(Object.keys(DEFAULT_JOURNEY_SETTINGS))(
		"that a version before %s stored take its default, and keep the rest",
		(name) => {
			const own = { ...DEFAULT_JOURNEY_SETTINGS, goals: [], currency: "CNY" };
			const { [name as keyof typeof own]: _, ...older } = own;
			const stored = JSON.stringify({ settings: { ...DEFAULT_SETTINGS, journey: older } });
			const usual = DEFAULT_JOURNEY_SETTINGS[name as keyof typeof DEFAULT_JOURNEY_SETTINGS];
			expect(readStoredConfig(stored).settings.journey).toEqual({ ...own, [name]: usual });
		},
	);

	it("of an older version are completed inside hosts and the entries of a list, and beside the journey", () => {
		const source = { name: "forum", category: "social" };
		const journey = { hosts: { internal: ["shop.example"] }, sources: [source], gone: 1 };
		const stored = JSON.stringify({ settings: { identity: { phoneRegion: "DE" }, journey, timeZone: "Asia/Tokyo" } });
		expect(readStoredConfig(stored).settings).toEqual({
			...DEFAULT_SETTINGS,
			identity: { phoneRegion: "DE", blocked: [] },
			journey: {
				...DEFAULT_JOURNEY_SETTINGS,
				hosts: { ...DEFAULT_JOURNEY_SETTINGS.hosts, internal: ["shop.example"] },
				sources: [{ ...source, hosts: [], aliases: [] }],
			},
			timeZone: "Asia/Tokyo",
		});
	});

	it("keep a part as it was stored where this version would refuse it", () => {
		const goals = [{ name: "paid", match: { type: ["order_paid"], weather: "fine" } }];
		const { settings } = readStoredConfig(JSON.stringify({ settings: { journey: { goals } } }));
		expect(settings.journey).toEqual({ ...DEFAULT_JOURNEY_SETTINGS, goals });
	});

	it("accept lists that are empty: then nothing has a stage or is a conversion", () => {
		const parsed = parseJourneySettings({ stages: [], goals: [], effective: [] });
		if (!parsed.ok) throw new Error(parsed.message);
		const [touch] = touchesOf([tracks("Order Completed")], parsed.value);
		expect(touch).not.toHaveProperty("stage");
		expect(touch).not.toHaveProperty("conversion");
	});

	it.each([
		["nothing at all", null, ""],
		["a list", [], ""],
		["an unknown key", { gaols: [] }, "gaols"],
		["a goal without name", { goals: [{ match: { type: ["x"] } }] }, "goals.0.name"],
		["a match without condition", { goals: [{ name: "x", match: {} }] }, "goals.0.match"],
		["a misspelt condition", { goals: [{ name: "x", match: { typ: ["x"] } }] }, "goals.0.match.typ"],
		["an unknown stage", { stages: [{ match: { type: ["x"] }, stage: "love" }] }, "stages.0.stage"],
		["a type that is not in snake case", { map: [{ event: "X", type: "Not Snake" }] }, "map.0.type"],
		["a row for a channel nobody registered", { map: [{ event: "X", channel: "kiosk" }] }, "map.0.channel"],
		["a channel in capitals", { channels: { Kiosk: { online: true, direction: "in" } } }, "channels.Kiosk"],
		["a host with a path", { hosts: { payment: ["pay.example/x"] } }, "hosts.payment.0"],
		[
			"a source of no known class",
			{ sources: [{ name: "x", category: "news", hosts: ["x.example"] }] },
			"sources.0.category",
		],
		[
			"a source's host with a scheme",
			{ sources: [{ name: "x", category: "ai", hosts: ["https://x"] }] },
			"sources.0.hosts.0",
		],
		["a currency that is none", { currency: "yuan" }, "currency"],
	] as const)("refuse %s and name the field", (_, given, field) => {
		const parsed = parseJourneySettings(given);
		expect(parsed).toMatchObject({ ok: false, field });
		expect(parsed.ok ? "" : parsed.message).not.toBe("");
	});

	it("hold as many rules as the limit says and no more", () => {
		const goals = (count: number) =>
			Array.from({ length: count }, (_, index) => ({ name: `g${index}`, match: { type: ["x"] } }));
		expect(parseJourneySettings({ goals: goals(RULES_MAX) }).ok).toBe(true);
		expect(parseJourneySettings({ goals: goals(RULES_MAX + 1) })).toMatchObject({ ok: false, field: "goals" });
	});

	it("match patterns anywhere in a text, in linear time", () => {
		const type = `${"a".repeat(120)}b`;
		const parsed = (pattern: string) => {
			const settings = parseJourneySettings({ goals: [{ name: "hit", match: { type: [pattern] } }] });
			if (!settings.ok) throw new Error(settings.message);
			return touchesOf([tracks(type)], settings.value)[0]?.conversion;
		};
		expect(parsed("*a*b")).toBe("hit");
		expect(parsed("a*")).toBe("hit");
		expect(parsed("*")).toBe("hit");
		expect(parsed(`${"*a".repeat(100)}*c`)).toBeUndefined();
		expect(parsed("*b*a*")).toBeUndefined();
		expect(parsed(`${type}*${type}`)).toBeUndefined();
	});
});
