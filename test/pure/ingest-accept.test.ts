import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Arrival, acceptEvents } from "../../collector/ingest/accept-events.ts";
import { DATA_TYPES, LIMITS, STATEMENT_TYPES } from "../../sdk/wire.ts";

const RECEIVED_AT = Date.UTC(2026, 10, 22, 12, 0, 0);
const PUBLIC: Arrival = { receivedAt: RECEIVED_AT, trust: "public" };
const SERVER: Arrival = { receivedAt: RECEIVED_AT, trust: "server" };

/** The verdict on one event: `accepted`, or the code and the field that is wrong. */
function judge(event: unknown, arrival: Arrival = SERVER): string {
	const { accepted, rejected } = acceptEvents([event], arrival);
	expect(accepted.length + rejected.length).toBe(1);
	const verdict = rejected[0]?.rejected;
	return verdict ? [verdict.code, verdict.field].filter(Boolean).join(" ") : "accepted";
}

function accept(event: unknown, arrival: Arrival = SERVER) {
	const { accepted, rejected } = acceptEvents([event], arrival);
	const [logged] = accepted;
	if (!logged) throw new Error(rejected[0]?.rejected.message);
	return logged;
}

/** The least that each type may say. */
const LEAST: { [type: string]: object } = {
	page: { type: "page" },
	screen: { type: "screen" },
	track: { type: "track", event: "Order Completed" },
	identify: { type: "identify", userId: "u1" },
	group: { type: "group", groupId: "g1" },
	touch: { type: "touch", channel: "phone", name: "call_completed" },
	alias: { type: "alias", previousId: "A", anonymousId: "A", userId: "u1" },
	reset: { type: "reset", anonymousId: "A" },
	consent: { type: "consent", anonymousId: "A", traits: { analytics: false } },
	link: { type: "link", anonymousId: "A", previousId: "B" },
	unlink: { type: "unlink", ids: [{ userId: "u1" }, { anonymousId: "A" }] },
	erase: { type: "erase", ids: [{ userId: "u1" }] },
};

describe("accepting events", () => {
	it.each([...DATA_TYPES, ...STATEMENT_TYPES])("takes the least that %s may say", (type) => {
		expect(judge(LEAST[type])).toBe("accepted");
	});

	it("logs what was sent, without its transport fields, and what is known beside it", () => {
		const event = {
			type: "track",
			messageId: "m1",
			event: "Order Completed",
			userId: "u1",
			originalTimestamp: "2026-11-22T11:59:50Z",
			sentAt: "2026-11-22T12:00:00Z",
			receivedAt: "2020-01-01T00:00:00Z",
			writeKey: "wk_a",
			integrations: { All: true },
			properties: { big: 2 ** 60 },
		};
		const { sentAt: _a, receivedAt: _b, writeKey: _c, ...sent } = event;
		expect(accept(event)).toEqual({
			sent,
			timestamp: RECEIVED_AT - 10_000,
			receivedAt: RECEIVED_AT,
			trust: "server",
			added: {},
		});
	});

	it("judges each event by itself and keeps the order", () => {
		const events = [
			{ type: "page", messageId: "a" },
			null,
			{ type: "nope", messageId: "b" },
			{ type: "page", messageId: "c" },
		];
		const { accepted, rejected } = acceptEvents(events, PUBLIC);
		expect(accepted.map((event) => event.sent.messageId)).toEqual(["a", "c"]);
		expect(rejected.map(({ rejected: { index, messageId, code } }) => [index, messageId, code])).toEqual([
			[1, null, "bad_field"],
			[2, "b", "unknown_type"],
		]);
		expect(rejected.map(({ bytes }) => bytes)).toEqual(["null", '{"type":"nope","messageId":"b"}']);
		expect(acceptEvents([], PUBLIC)).toEqual({ accepted: [], rejected: [] });
	});

	it("names a track by its name where it has no event", () => {
		expect(accept({ type: "track", name: "Call" }).sent.event).toBe("Call");
		expect(accept({ type: "track", name: "Call", event: "Order" }).sent.event).toBe("Order");
	});

	it("keeps the first 2 kB of what it refuses, cut between characters", () => {
		const { rejected } = acceptEvents([{ type: "nope", text: "中".repeat(3000) }], PUBLIC);
		const bytes = Buffer.byteLength(rejected[0]?.bytes ?? "");
		expect(bytes).toBeGreaterThan(LIMITS.rejectionBytesMax - 4);
		expect(bytes).toBeLessThanOrEqual(LIMITS.rejectionBytesMax);
		expect(rejected[0]?.bytes).not.toContain("\uFFFD");
	});
});

describe("rejecting events", () => {
	it.each([[null], [3], ["page"], [[]], [true]])("refuses %j, which is no object", (event) => {
		expect(judge(event)).toBe("bad_field");
	});

	it.each([
		["missing_field type", {}],
		["missing_field type", { type: null }],
		["unknown_type type", { type: "constructor" }],
		["unknown_type type", { type: 1 }],
		["unknown_type type", { type: "Page" }],
		["missing_field event", { type: "track" }],
		["missing_field event", { type: "track", event: "" }],
		["missing_field userId", { type: "identify" }],
		["missing_field groupId", { type: "group", userId: "u1" }],
		["missing_field channel", { type: "touch", name: "call_completed" }],
		["missing_field name", { type: "touch", channel: "phone" }],
		["missing_field previousId", { type: "alias", userId: "u1" }],
		["missing_field userId", { type: "alias", previousId: "A" }],
		["missing_field anonymousId", { type: "reset", userId: "u1" }],
		["missing_field anonymousId", { type: "consent", traits: { analytics: true } }],
		["missing_field traits", { type: "consent", anonymousId: "A" }],
		["missing_field traits.analytics", { type: "consent", anonymousId: "A", traits: { marketing: true } }],
		["missing_field anonymousId", { type: "link", previousId: "B" }],
		["missing_field previousId", { type: "link", anonymousId: "A" }],
		["missing_field ids", { type: "unlink" }],
		["missing_field ids", { type: "erase" }],
		["missing_field ids", { type: "erase", ids: [] }],
		["bad_field ids", { type: "unlink", ids: [{ userId: "u1" }] }],
		["bad_field ids", { type: "unlink", ids: [{ userId: "1" }, { userId: "2" }, { userId: "3" }] }],
		["bad_field ids.1", { type: "unlink", ids: [{ userId: "u1" }, { userId: "u1", anonymousId: "A" }] }],
		["bad_field ids.0", { type: "erase", ids: ["u1"] }],
		["bad_field ids.0", { type: "erase", ids: [{ userId: 1 }] }],
		[
			"bad_field slices.0",
			{ type: "erase", slices: [{ id: { anonymousId: "A" }, from: "2026-01-02", to: "2026-01-01" }] },
		],
		["bad_field slices.0.id", { type: "erase", slices: [{ from: "2026-01-01", to: "2026-01-02" }] }],
		["bad_field previousIdType", { type: "alias", previousId: "A", userId: "u1", previousIdType: "email" }],
		["bad_field traits.analytics", { type: "consent", anonymousId: "A", traits: { analytics: "no" } }],
		["bad_field userId", { type: "page", userId: true }],
		["bad_field userId", { type: "page", userId: { $ne: 1 } }],
		["bad_field anonymousId", { type: "page", anonymousId: ["A"] }],
		["bad_field messageId", { type: "page", messageId: 1.5 }],
		["bad_field event", { type: "track", event: { a: 1 } }],
		["bad_field properties", { type: "page", properties: [] }],
		["bad_field traits", { type: "identify", userId: "u1", traits: "x" }],
		["bad_field context", { type: "page", context: 1 }],
		["bad_field context.traits", { type: "page", context: { traits: [] } }],
		["bad_field externalIds", { type: "page", externalIds: { wecom: "w" } }],
		["bad_field externalIds.0", { type: "page", externalIds: ["w"] }],
		["bad_field externalIds.1.id", { type: "page", externalIds: [{ type: "a", id: "b" }, { type: "a" }] }],
		["bad_field context.externalIds", { type: "page", context: { externalIds: 7 } }],
		["bad_field direction", { ...LEAST.touch, direction: "up" }],
		["bad_field channel", { ...LEAST.touch, channel: 7 }],
		["bad_field value", { ...LEAST.touch, value: { amount: 1.5, currency: "CNY" } }],
		["bad_field value", { ...LEAST.touch, value: { amount: 100, currency: "yuan" } }],
		["bad_field score", { ...LEAST.touch, score: { metric: "nps", value: "9" } }],
		["bad_field participants", { ...LEAST.touch, participants: ["me"] }],
		["bad_field durationMs", { ...LEAST.touch, durationMs: -1 }],
		["bad_timestamp timestamp", { type: "page", timestamp: "soon" }],
		["bad_timestamp originalTimestamp", { type: "page", originalTimestamp: "1999-12-31" }],
	])("answers %s to %j", (verdict, event) => {
		expect(judge(event)).toBe(verdict);
	});

	it("answers timestamp_too_old to a public key only", () => {
		const event = { type: "page", timestamp: "2026-11-01T00:00:00Z" };
		expect(judge(event, PUBLIC)).toBe("timestamp_too_old timestamp");
		expect(judge(event, SERVER)).toBe("accepted");
	});

	it("lets a public key only speak for its own device", () => {
		expect(judge(LEAST.unlink, PUBLIC)).toBe("needs_secret_key");
		expect(judge(LEAST.erase, PUBLIC)).toBe("needs_secret_key");
		// Whatever its form: mending that would not help.
		expect(judge({ type: "erase", ids: ["u1"] }, PUBLIC)).toBe("needs_secret_key");
		expect(judge({ type: "unlink" }, PUBLIC)).toBe("needs_secret_key");
		expect(judge({ type: "alias", previousId: "u0", userId: "u1" }, PUBLIC)).toBe("needs_secret_key");
		expect(
			judge({ type: "alias", previousId: "B", previousIdType: "anonymousId", anonymousId: "A", userId: "u1" }, PUBLIC),
		).toBe("needs_secret_key");
		expect(judge({ ...LEAST.alias, previousIdType: "userId" }, PUBLIC)).toBe("needs_secret_key");
		expect(judge({ type: "consent", userId: "u1", traits: { analytics: false } }, PUBLIC)).toBe("needs_secret_key");
		for (const type of ["alias", "reset", "consent", "link"]) expect(judge(LEAST[type], PUBLIC)).toBe("accepted");
		expect(judge({ type: "alias", previousId: "u0", userId: "u1" }, SERVER)).toBe("accepted");
		expect(judge({ type: "consent", userId: "u1", traits: { analytics: false } }, SERVER)).toBe("accepted");
	});

	it("logs a public alias as what it was let through as", () => {
		expect(accept(LEAST.alias, PUBLIC).sent.previousIdType).toBe("anonymousId");
		expect(accept(LEAST.alias, SERVER).sent.previousIdType).toBeUndefined();
	});

	it.each(["messageId", "anonymousId", "userId", "previousId", "groupId"])(
		"takes 256 characters of %s and refuses 257",
		(field) => {
			expect(judge({ ...LEAST.page, [field]: "x".repeat(256) })).toBe("accepted");
			expect(judge({ ...LEAST.page, [field]: "x".repeat(257) })).toBe(`id_too_long ${field}`);
		},
	);

	it.each([
		["externalIds.0.id", (id: string) => ({ type: "page", externalIds: [{ type: "a", id }] })],
		["externalIds.0.type", (type: string) => ({ type: "page", externalIds: [{ type, id: "b" }] })],
		["context.externalIds.0.id", (id: string) => ({ type: "page", context: { externalIds: [{ type: "a", id }] } })],
		["traits.email", (email: string) => ({ type: "page", traits: { email } })],
		["context.traits.unionid", (unionid: string) => ({ type: "page", context: { traits: { unionid } } })],
		["ids.0", (userId: string) => ({ type: "erase", ids: [{ userId }] })],
		["ids.0", (kind: string) => ({ type: "erase", ids: [{ [kind]: "x" }] })],
	])("holds %s to the length of an id", (field, event) => {
		expect(judge(event("x".repeat(256)))).toBe("accepted");
		expect(judge(event("x".repeat(257)))).toBe(`id_too_long ${field}`);
	});

	it("never shows a messageId that is too long", () => {
		const { rejected } = acceptEvents([{ type: "page", messageId: "x".repeat(257) }], SERVER);
		expect(rejected[0]?.rejected.messageId).toBeNull();
	});

	it("takes 32 KiB and refuses one byte more, in bytes and not in characters", () => {
		const empty = JSON.stringify({ type: "page", properties: { text: "" } }).length;
		const event = (text: string) => ({ type: "page", properties: { text } });
		const room = LIMITS.eventBytesMax - empty;
		expect(judge(event("x".repeat(room)))).toBe("accepted");
		expect(judge(event("x".repeat(room + 1)))).toBe("event_too_large");
		expect(judge(event("中".repeat(Math.floor(room / 3))))).toBe("accepted");
		expect(judge(event("中".repeat(Math.floor(room / 3) + 1)))).toBe("event_too_large");
	});

	it("takes 32 levels and refuses 33, however deep they go", () => {
		const nest = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
		expect(judge({ type: "page", properties: nest(31) })).toBe("accepted");
		expect(judge({ type: "page", properties: nest(32) })).toBe("bad_field");
		const { rejected } = acceptEvents([{ type: "page", properties: nest(100_000) }], PUBLIC);
		expect(rejected[0]?.rejected.code).toBe("bad_field");
		expect(rejected[0]?.bytes).toContain("…");
	});

	it("takes ten thousand properties within the size of an event", () => {
		const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n.toString(36), 1]));
		const size = JSON.stringify(properties).length;
		expect(judge({ type: "page", properties })).toBe(size > LIMITS.eventBytesMax ? "event_too_large" : "accepted");
		const fewer = Object.fromEntries(Object.entries(properties).slice(0, 4000));
		expect(Object.keys(accept({ type: "page", properties: fewer }).sent.properties ?? {})).toHaveLength(4000);
	});
});

describe("being tolerant where it harms nobody", () => {
	it("reads null as absent", () => {
		const { messageId: _id, ...sent } = accept({
			type: "page",
			userId: null,
			anonymousId: "A",
			properties: null,
			context: null,
		}).sent;
		expect(sent).toEqual({ type: "page", anonymousId: "A" });
	});

	it("takes whole numbers as ids, but none that JSON has already rounded", () => {
		expect(accept({ type: "page", userId: 42 }).sent.userId).toBe("42");
		expect(judge(JSON.parse('{"type":"page","userId":9007199254740993}'))).toBe("bad_field userId");
	});

	it("logs the bounds of an erasure's slices in one form", () => {
		const id = { anonymousId: "A" };
		const slices = [
			{ id, from: "2026-01-01T08:00:00+08:00", to: Date.UTC(2026, 0, 2) },
			{ id, from: "2026-02-01", to: "2026-02-01" },
		];
		expect(accept({ type: "erase", slices }).sent.slices).toEqual([
			{ id, from: "2026-01-01T00:00:00.000Z", to: "2026-01-02T00:00:00.000Z" },
			{ id, from: "2026-02-01T00:00:00.000Z", to: "2026-02-01T00:00:00.000Z" },
		]);
	});

	it("refuses ids that could not be decoded, since two of them would be one", () => {
		expect(judge({ type: "page", userId: "\uFFFD\uFFFD" })).toBe("bad_field userId");
		expect(judge({ type: "page", traits: { email: "\uFFFD@a.cn" } })).toBe("bad_field traits.email");
		expect(judge({ type: "erase", ids: [{ userId: "\uFFFD" }] })).toBe("bad_field ids.0");
		expect(judge({ type: "page", properties: { title: "\uFFFD" } })).toBe("accepted");
	});

	it("counts a page view without any identifier", () => {
		expect(judge({ type: "page" }, PUBLIC)).toBe("accepted");
	});

	it("keeps what the sender's own keys hold where the type gives them no meaning", () => {
		const own = { value: 3, score: "high", ids: [1], slices: "thin", channel: null };
		expect(accept({ type: "page", ...own }).sent).toMatchObject(own);
	});

	it("takes a blank messageId as none", () => {
		expect(accept({ type: "page", messageId: "  " }).sent.messageId).toMatch(/^[0-9a-f]{32}$/);
	});

	it("takes an identifier in each form that names one", () => {
		const ids = [
			{ userId: "u1" },
			{ "ext:wecom": "w" },
			{ type: "wecom", id: "w" },
			{ openid: "o", openidAppId: "wx1" },
			{ emailSha256: "0".repeat(64) },
		];
		expect(judge({ type: "erase", ids })).toBe("accepted");
	});

	it("is not moved by keys of Object.prototype", () => {
		const event = JSON.parse(
			'{"type":"page","__proto__":{"userId":"evil"},"constructor":{"prototype":1},"context":{"__proto__":{"a":1}}}',
		);
		const { sent } = accept(event, {
			...SERVER,
			context: JSON.parse('{"__proto__":{"b":1},"page":{"__proto__":{"c":1}}}'),
		});
		expect(sent.userId).toBeUndefined();
		expect(Object.hasOwn(sent, "__proto__")).toBe(false);
		expect(Object.getPrototypeOf(sent)).toBe(Object.prototype);
		expect(Object.getPrototypeOf(sent.context)).toBe(Object.prototype);
		expect(Object.keys({})).toEqual([]);
	});
});

describe("the id of an event without one", () => {
	const id = (event: object, arrival: Arrival = PUBLIC) => accept({ type: "page", ...event }, arrival).sent.messageId;

	it("is the same for the same event, whatever the order of its keys and however often it is sent", () => {
		const again = { ...PUBLIC, receivedAt: RECEIVED_AT + 5000, context: { library: { name: "x" } } };
		expect(id({ properties: { a: 1, b: { c: 2, d: 3 } }, sentAt: "2026-11-22T12:00:00Z" })).toBe(
			id({ sentAt: "2026-11-22T12:00:05Z", writeKey: "wk", properties: { b: { d: 3, c: 2 }, a: 1 } }, again),
		);
	});

	it("is another for another event", () => {
		const ids = [{}, { a: 1 }, { a: "1" }, { a: [1] }, { a: { 0: 1 } }, { a: null }, { b: 1 }].map((properties) =>
			id({ properties }),
		);
		expect(new Set(ids).size).toBe(ids.length);
		expect(id({ anonymousId: "A" })).not.toBe(id({ anonymousId: "B" }));
	});

	it("is the SHA-256 of the event's canonical JSON, for ever, since stored duplicates are found by it", () => {
		const canonical =
			'{"anonymousId":"A","properties":{"n":[1,{"a":2,"z":1}],"url":"https://a.cn/"},"timestamp":"2026-11-22T11:00:00Z","type":"page"}';
		const properties = { url: "https://a.cn/", n: [1, { z: 1, a: 2 }] };
		expect(id({ anonymousId: "A", timestamp: "2026-11-22T11:00:00Z", properties })).toBe(
			createHash("sha256").update(canonical).digest("hex").slice(0, 32),
		);
	});
});

describe("filling in the batch's context", () => {
	const merge = (batch: object, own?: object) =>
		accept(
			{ type: "page", ...(own ? { context: own } : {}) },
			{ ...PUBLIC, context: JSON.parse(JSON.stringify(batch)) },
		).sent.context;

	it("lets the event's own context win, key by key and one level deep", () => {
		expect(merge({ page: { url: "b", title: "b" }, locale: "zh" }, { page: { url: "e" }, os: "x" })).toEqual({
			page: { url: "e", title: "b" },
			locale: "zh",
			os: "x",
		});
		expect(merge({ page: { a: { x: 1 } } }, { page: { a: { y: 1 } } })).toEqual({ page: { a: { y: 1 } } });
		expect(merge({ page: { a: 1 } }, { page: "text" })).toEqual({ page: "text" });
		expect(merge({ ids: [1] }, { ids: [2] })).toEqual({ ids: [2] });
	});

	it("gives it whole to an event without one, and none where there is none", () => {
		expect(merge({ page: { url: "b" } })).toEqual({ page: { url: "b" } });
		expect(accept({ type: "page" }).sent.context).toBeUndefined();
	});

	it("leaves the batch's context itself as it was", () => {
		const context = { page: { url: "b" } };
		acceptEvents([{ type: "page", context: { page: { title: "e" } } }], { ...PUBLIC, context });
		expect(context).toEqual({ page: { url: "b" } });
	});
});
