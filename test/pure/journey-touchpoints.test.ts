import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJourneySettings } from "../../collector/journey/index.ts";
import { toMinorUnits } from "../../collector/journey/money.ts";
import { snakeCase } from "../../collector/journey/names.ts";
import type { JsonObject, WireEvent } from "../../collector/model.ts";
import { happens, touchesOf, tracks, views } from "./journey-scene.ts";

const SERVER = { context: { library: { name: "analytics-node", version: "2" } } };

/** The one touchpoint of a `track`. */
function touchOf(event: string, properties: JsonObject = {}, given: Parameters<typeof tracks>[2] = {}) {
	return touchesOf([tracks(event, properties, given)])[0];
}

function touch(fields: { [field: string]: unknown }) {
	return touchesOf([happens({ type: "touch", channel: "phone", name: "call_completed", ...fields } as WireEvent)])[0];
}

describe("an event", () => {
	it.each([
		[
			"Link Clicked",
			{ kind: "outbound", url: "https://a.example", text: "A" },
			"link_clicked",
			{ kind: "outbound", ref: "https://a.example", title: "A" },
		],
		["Link Clicked", { kind: "tel", url: "tel:+861" }, "call_link_clicked", { kind: "tel", ref: "tel:+861" }],
		[
			"Link Clicked",
			{ kind: "mailto", url: "mailto:a@b.cn" },
			"mail_link_clicked",
			{ kind: "mailto", ref: "mailto:a@b.cn" },
		],
		[
			"File Downloaded",
			{ url: "https://a.example/x.pdf" },
			"file_downloaded",
			{ kind: "file", ref: "https://a.example/x.pdf" },
		],
		["Form Submitted", { formId: "contact" }, "form_submitted", { kind: "form", ref: "contact" }],
		[
			"Product Viewed",
			{ product_id: "p9", name: "Tea" },
			"product_viewed",
			{ kind: "product", ref: "p9", title: "Tea" },
		],
		["Order Completed", { order_id: "o1" }, "order_completed", { kind: "order", ref: "o1" }],
		["order_completed", { order_id: "o1" }, "order_completed", { kind: "order", ref: "o1" }],
		["Order Refunded", { order_id: "o1" }, "order_refunded", { kind: "order", ref: "o1" }],
		[
			"Email Link Clicked",
			{ email_id: "e1", email_subject: "Hi" },
			"email_clicked",
			{ kind: "email", ref: "e1", title: "Hi" },
		],
		["Unsubscribed", { email_id: "e1" }, "email_unsubscribed", { kind: "email", ref: "e1" }],
		["Application Opened", {}, "app_opened", undefined],
		["Live Chat Conversation Started", { conversation_id: "c1" }, "chat_started", { kind: "conversation", ref: "c1" }],
		["Signed Up", {}, "signed_up", undefined],
		["myCustomEvent", {}, "my_custom_event", undefined],
		["提交咨询", {}, "提交咨询", undefined],
		["!!!", {}, "event_tracked", undefined],
	] as [string, JsonObject, string, unknown][])("%s %o becomes %s", (event, properties, type, object) => {
		const made = touchOf(event, properties);
		expect(made?.type).toBe(type);
		expect(made?.object).toEqual(object);
	});

	it("that only measures or only names somebody makes no touchpoint", () => {
		const scene = [
			tracks("Page Engaged", { viewId: "v", rev: 1, engagedMs: 1 }),
			tracks("Web Vital", { metric: "LCP", value: 1 }),
			happens({ type: "identify", userId: "u1" }),
			happens({ type: "group", groupId: "g1" }),
		];
		expect(touchesOf(scene)).toEqual([]);
	});

	it("stands at its own time, with its own id and evidence, and names its owner", () => {
		expect(touchesOf([views("/a", { at: 5, id: "m1" })])[0]).toMatchObject({
			id: "touch:m1",
			profileId: "p1",
			evidence: ["m1"],
			page: { url: "https://shop.example/a", path: "/a", title: "Title of /a" },
		});
	});
});

describe("the page", () => {
	it("of a view is told whole; of another touch only where it happened", () => {
		const referrer = "https://blog.example/";
		expect(touchesOf([views("/a", { referrer })])[0]?.page?.referrer).toBe(referrer);
		const page = { url: "https://shop.example/a?b=1", referrer };
		expect(touchOf("Signed Up", {}, { context: { page } })?.page).toEqual({ url: page.url, path: "/a" });
	});
});

describe("the channel", () => {
	it.each([
		["a browser's track", tracks("Signed Up"), "web"],
		["a page", views("/a"), "web"],
		["a screen", happens({ type: "screen", name: "Home" }), "app"],
		["a server's track", tracks("Signed Up", {}, SERVER), "other"],
		["a server's order", tracks("Order Completed", {}, SERVER), "shop"],
		["a browser's order", tracks("Order Completed"), "web"],
		["an app's order", tracks("Order Completed", {}, { context: { library: { name: "analytics-ios" } } }), "app"],
		["Rudder's server call", happens({ type: "track", event: "X", channel: "server" }), "other"],
		["a mail, whoever sends it", tracks("Email Opened", {}, SERVER), "email"],
		["a registered channel", happens({ type: "touch", channel: "Store", name: "visit_made" }), "store"],
		["an unregistered channel", happens({ type: "touch", channel: "kiosk", name: "visit_made" }), "other"],
	] as const)("of %s", (_, event, channel) => {
		expect(touchesOf([event])[0]?.channel).toBe(channel);
	});

	it("brings its defaults for direction and online, which a touch may overrule", () => {
		expect(touch({})).toMatchObject({ direction: "in", online: false });
		expect(touch({ direction: "out", online: true })).toMatchObject({ direction: "out", online: true });
		expect(touch({ name: "Call Made" })).toMatchObject({ type: "call_made", direction: "out" });
		expect(touchOf("Email Delivered")).toMatchObject({ direction: "out", online: true });
		expect(touchOf("Email Opened")).toMatchObject({ direction: "in" });
	});
});

describe("a touch", () => {
	it("keeps every field that is well-formed", () => {
		const fields = {
			stage: "service",
			participants: [
				{ role: "staff", ref: "s7", name: "Li" },
				{ role: "customer", ref: "+86138" },
			],
			object: { kind: "product", ref: "p9", title: "Tea" },
			page: { url: "https://a.example/x", path: "/x" },
			durationMs: 83_000,
			outcome: { status: "completed", reason: "asked for a quote" },
			value: { amount: 19_900, currency: "CNY", kind: "quote" },
			score: { metric: "csat", value: 4, min: 1, max: 5 },
			signals: { interruptions: 2 },
			text: "Wants green tea",
			place: "Hangzhou",
			causedBy: "touch:m0",
			source: "hotline",
			medium: "phone",
			campaign: "spring",
			clickId: { kind: "baidu", value: "x" },
		};
		expect(touch(fields)).toMatchObject({
			channel: "phone",
			type: "call_completed",
			automation: "human",
			effective: true,
			...fields,
		});
	});

	it("loses a field of the wrong type and nothing else", () => {
		const made = touch({
			direction: "sideways",
			online: "yes",
			stage: 7,
			participants: [null, "x", { role: "king" }, { role: "staff", ref: {} }],
			durationMs: "soon",
			outcome: { reason: "no status" },
			value: { amount: 1.5, currency: "CNY" },
			score: { metric: "nps", value: 11 },
			signals: { a: "x" },
			text: "  ",
			automation: "magic",
			place: "Hangzhou",
		});
		expect(made).toMatchObject({
			direction: "in",
			online: false,
			automation: "human",
			place: "Hangzhou",
			participants: [{ role: "staff" }],
		});
		for (const field of ["durationMs", "outcome", "value", "score", "signals", "text"])
			expect(made).not.toHaveProperty(field);
		expect(made?.stage).toBe("consideration");
	});

	it("cannot say who it belongs to, when it was, or that it earns credit", () => {
		const forged = {
			id: "x",
			profileId: "p9",
			timestamp: 1,
			sessionId: "s",
			effective: false,
			conversion: "order_paid",
			bot: true,
			evidence: ["z"],
		};
		const made = touch({ ...forged });
		expect(made).toMatchObject({ profileId: "p1", effective: true });
		expect(made?.id).toMatch(/^touch:/);
		expect(made?.evidence).toEqual([made?.id.slice("touch:".length)]);
		for (const field of ["sessionId", "conversion", "bot"]) expect(made).not.toHaveProperty(field);
	});

	it("of any shape whatever never throws, and what it makes is JSON", () => {
		const fields = [
			"channel",
			"name",
			"direction",
			"participants",
			"page",
			"object",
			"value",
			"score",
			"signals",
			"outcome",
			"context",
			"properties",
			"traits",
			"clickId",
			"text",
		];
		const sent = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue());
		fc.assert(
			fc.property(sent, fc.constantFrom("touch", "track", "page", "screen", "identify", "group"), (any, type) => {
				const made = touchesOf([happens({ ...any, type } as unknown as WireEvent)]);
				expect(JSON.parse(JSON.stringify(made))).toEqual(made);
			}),
			{ numRuns: 1000 },
		);
	});
});

describe("automation", () => {
	it("knows mail that a machine opened, and gives it no credit", () => {
		expect(touchOf("Email Opened")).toMatchObject({ automation: "human", effective: true });
		expect(touchOf("Email Opened", { machine_open: true })).toMatchObject({
			automation: "machine_open",
			effective: false,
		});
		expect(touchOf("Email Opened", {}, { context: { userAgent: "Mozilla/5.0" } })?.automation).toBe("machine_open");
	});

	it("knows tests, which are no conversions", () => {
		const made = touchOf("Order Completed", {}, { context: { test: true } });
		expect(made).toMatchObject({ automation: "test", effective: false });
		expect(made).not.toHaveProperty("conversion");
	});

	it("does not take a server's own client for a robot, but does take its visitor's", () => {
		const bot = { added: { bot: true }, trust: "server" } as const;
		expect(touchOf("Order Completed", {}, { ...bot, ...SERVER })?.bot).toBeUndefined();
		const passedOn = { context: { userAgent: "Googlebot/2.1" } };
		expect(touchOf("Order Completed", {}, { ...bot, ...passedOn })).toMatchObject({
			bot: true,
			automation: "automated",
		});
	});
});

describe("credit", () => {
	it.each([
		["Email Delivered", false],
		["Email Bounced", false],
		["Email Link Clicked", true],
		["Push Notification Received", false],
		["Push Notification Tapped", true],
		["Page Scrolled", false],
		["Promotion Viewed", true],
		["Application Crashed", false],
		["Note Added", false],
	] as const)("of %s: %s", (event, effective) => {
		expect(touchOf(event)?.effective).toBe(effective);
	});
});

describe("stages and goals", () => {
	it.each([
		[views("/"), "awareness"],
		[views("/pricing"), "consideration"],
		[tracks("Product Added"), "consideration"],
		[tracks("Checkout Started"), "purchase"],
		[tracks("Order Completed"), "purchase"],
		[tracks("Order Refunded"), "service"],
		[happens({ type: "touch", channel: "ticket", name: "ticket_opened" }), "service"],
		[happens({ type: "touch", channel: "survey", name: "survey_answered" }), "loyalty"],
		[tracks("Something Else"), undefined],
	] as const)("of event %#", (event, stage) => {
		expect(touchesOf([event])[0]?.stage).toBe(stage);
	});

	it("are met by orders and leads unless the workspace says otherwise", () => {
		expect(touchOf("Order Completed")?.conversion).toBe("Order Completed");
		expect(touch({ name: "order_paid", channel: "shop" })?.conversion).toBe("order_paid");
		expect(touch({ name: "lead_submitted" })?.conversion).toBe("lead_submitted");
		expect(touchOf("Product Added")).not.toHaveProperty("conversion");
		expect(touchOf("Order Completed", {}, { added: { bot: true } })).not.toHaveProperty("conversion");
	});

	it("follow the workspace's own tables", () => {
		const parsed = parseJourneySettings({
			map: [
				{
					event: "Termin gebucht",
					type: "appointment_booked",
					channel: "meeting",
					object: { kind: "slot", ref: ["slotId"] },
				},
				{ event: "Noise", type: null },
				{ event: "Link Clicked", when: { property: "text", equals: "Buy" }, type: "buy_clicked" },
			],
			channels: { kiosk: { online: false, direction: "in" } },
			stages: [{ match: { channel: ["kiosk"] }, stage: "loyalty" }],
			goals: [{ name: "booked", match: { type: ["Appointment Booked"], objectKind: ["slot"] } }],
			effective: [{ match: { type: ["buy_*"] }, effective: false }],
		});
		if (!parsed.ok) throw new Error(parsed.message);
		const scene = [
			tracks("Termin gebucht", { slotId: "s1" }),
			tracks("Noise"),
			tracks("Link Clicked", { text: "Buy", kind: "outbound" }),
			tracks("Link Clicked", { text: "Read", kind: "outbound" }),
			happens({ type: "touch", channel: "kiosk", name: "visit_made" }),
		];
		expect(touchesOf(scene, parsed.value)).toMatchObject([
			{ type: "appointment_booked", channel: "meeting", conversion: "booked", object: { ref: "s1" } },
			{ type: "buy_clicked", effective: false },
			{ type: "link_clicked", effective: true },
			{ channel: "kiosk", online: false, stage: "loyalty" },
		]);
	});
});

describe("value", () => {
	it("is whole minor units of its currency", () => {
		const value = (properties: JsonObject) => touchOf("Order Completed", properties)?.value;
		expect(value({ revenue: 12.5, total: 15, currency: "CNY" })).toEqual({
			amount: 1250,
			currency: "CNY",
			kind: "order",
		});
		expect(value({ total: "19.99", currency: "eur" })).toEqual({ amount: 1999, currency: "EUR", kind: "order" });
		expect(value({ total: 1200, currency: "JPY" })?.amount).toBe(1200);
		expect(value({ total: 1.2345, currency: "KWD" })?.amount).toBe(1235);
		expect(value({ total: 5 })).toEqual({ amount: 500, currency: "USD", kind: "order" });
		expect(value({ total: "19,99 €" })).toBeUndefined();
		expect(touchOf("Order Refunded", { total: 5, currency: "CNY" })?.value?.kind).toBe("refund");
	});

	it("is not read from just any number called value", () => {
		expect(touchOf("Slider Moved", { value: 5 })).not.toHaveProperty("value");
		expect(touchOf("Lead Rated", { value: 5, currency: "CNY" })?.value).toEqual({
			amount: 500,
			currency: "CNY",
			kind: "value",
		});
		expect(touchOf("Plan Chosen", { revenue: 5 })?.value).toEqual({ amount: 500, currency: "USD", kind: "revenue" });
	});

	it("rounds decimal text, not binary fractions, and refuses what no integer holds", () => {
		expect(toMinorUnits(1.005, "CNY")).toBe(101);
		expect(toMinorUnits(-1.005, "CNY")).toBe(-101);
		expect(toMinorUnits(0.1 + 0.2, "CNY")).toBe(30);
		expect(toMinorUnits(1e-7, "CNY")).toBe(0);
		expect(toMinorUnits(1e15, "CNY")).toBeUndefined();
	});
});

describe("names", () => {
	it.each([
		["Order Completed", "order_completed"],
		["orderCompleted", "order_completed"],
		["ORDER-COMPLETED", "order_completed"],
		["URLOpened2Times", "url_opened2_times"],
		["  __x__ ", "x"],
		["Über Uns", "über_uns"],
		["?!", ""],
	])("%s is %s in snake case", (name, snake) => {
		expect(snakeCase(name)).toBe(snake);
		expect(snakeCase(snake)).toBe(snake);
	});
});
