/**
 * Hostile events: every field of every kind of event with values that have broken programs. Each is taken or
 * refused alone, what is taken can be folded and read again, and neighbours lose nothing.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES, STATEMENT_TYPES, type WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { HOSTILE_JSON } from "../support/hostile.ts";
import { createRandom } from "../support/random.ts";

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

const EVENT_TYPES = ["page", "screen", "track", "identify", "group", "touch", ...STATEMENT_TYPES];
const EVENT_FIELDS = [
	"messageId",
	"anonymousId",
	"userId",
	"timestamp",
	"originalTimestamp",
	"sentAt",
	"event",
	"name",
	"category",
	"properties",
	"traits",
	"externalIds",
	"context",
	"previousId",
	"previousIdType",
	"groupId",
	"ids",
	"slices",
	"channel",
	"direction",
	"stage",
	"source",
	"campaign",
	"text",
	"place",
	"causedBy",
	"automation",
	"online",
	"engagedMs",
	"durationMs",
	"scrollDepth",
	"participants",
	"page",
	"object",
	"outcome",
	"signals",
	"clickId",
	"value",
	"score",
	"__proto__",
	"constructor",
	"toString",
];
/** Places inside an event that rules read. */
const INNER_FIELDS = [
	["context", "page"],
	["context", "campaign"],
	["context", "traits"],
	["context", "externalIds"],
	["context", "strand"],
	["context", "device"],
	["context", "os"],
	["context", "userAgent"],
	["context", "timezone"],
	["context", "locale"],
	["properties", "url"],
	["properties", "path"],
	["properties", "order_id"],
	["properties", "total"],
	["properties", "revenue"],
	["properties", "currency"],
	["properties", "products"],
	["properties", "viewId"],
	["properties", "rev"],
	["properties", "engagedMs"],
	["properties", "scrollDepth"],
	["properties", "kind"],
	["traits", "email"],
	["traits", "phone"],
	["traits", "company"],
	["traits", "analytics"],
	["traits", "stitching"],
];
const EVENT_NAMES = [
	"Order Completed",
	"Page Engaged",
	"Link Clicked",
	"Form Submitted",
	"Web Vital",
	"call_completed",
	"order_paid",
];

/** A well-formed event of each type, as JSON members. */
function createMembers(type: string, id: string, index: number): Map<string, string> {
	const text = (value: string) => JSON.stringify(value);
	return new Map([
		["type", text(type)],
		["messageId", text(id)],
		["anonymousId", text(`hostile-${index % 1200}`)],
		["userId", text(`hostile-user-${index % 700}`)],
		["timestamp", text(new Date(Date.now() - (index % 5000) * 1000).toISOString())],
		["event", text(EVENT_NAMES[index % EVENT_NAMES.length] as string)],
		["name", text(EVENT_NAMES[index % EVENT_NAMES.length] as string)],
		["channel", text("phone")],
		["groupId", text("g")],
		["previousId", text(`hostile-${index % 1200}`)],
		["ids", `[{"userId": "nobody"}, {"anonymousId": "no-device"}]`],
		[
			"properties",
			`{"url": "https://shop.example/", "viewId": "v${index % 9}", "rev": 1, "engagedMs": 5, "visibleMs": 5, "scrollDepth": 0.5}`,
		],
		["traits", `{"email": "h${index % 700}@shop.example", "analytics": true}`],
	]);
}

function print(members: Map<string, string>): string {
	return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join()}}`;
}

/** Every field of every kind of event with every hostile value, a few of them at a time. */
function createHostileEvents(): string[] {
	const random = createRandom(4);
	const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
	const events: string[] = [];
	for (const field of EVENT_FIELDS) {
		for (const value of HOSTILE_JSON) {
			const members = createMembers(pick(EVENT_TYPES), `hostile-${events.length}`, events.length);
			events.push(print(members.set(field, value)));
		}
	}
	for (const [outer = "", inner = ""] of INNER_FIELDS) {
		for (const value of HOSTILE_JSON) {
			const members = createMembers(pick(EVENT_TYPES), `hostile-${events.length}`, events.length);
			events.push(print(members.set(outer, `{${JSON.stringify(inner)}: ${value}}`)));
		}
	}
	return events;
}

/** What a person uses: Node's own name counts as a robot's. */
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

function post(path: string, body: BodyInit, key = collector.keys.secret): Promise<Response> {
	return fetch(collector.url + path, { method: "POST", headers: { ...authorise(key), "user-agent": BROWSER }, body });
}

describe("hostile events", () => {
	const hostile = createHostileEvents();
	const good: (WireEvent & { messageId: string })[] = [];

	beforeAll(async () => {
		const keys = [collector.keys.secret, collector.keys.write];
		for (const [turn, key] of keys.entries()) {
			const own = hostile.filter((_, index) => index % keys.length === turn);
			for (let start = 0; start < own.length; start += 60) {
				const event = {
					type: "page" as const,
					messageId: `good-${good.length}`,
					anonymousId: `good-${good.length % 7}`,
				};
				good.push(event);
				const batch = [JSON.stringify(event), ...own.slice(start, start + 60)].join();
				const response = await post("/v1/batch", `{"batch": [${batch}]}`, key);
				const body = await response.text();
				expect(response.status, body).toBe(200);
				const { accepted, rejected } = JSON.parse(body) as {
					accepted: number;
					rejected: { index: number; code: string }[];
				};
				expect(accepted + rejected.length).toBe(Math.min(61, own.length - start + 1));
				for (const { index, code } of rejected) {
					expect(index).not.toBe(0);
					expect(ERROR_CODES).toContain(code);
				}
			}
		}
		await settle(collector.url, collector.keys.read);
	});

	it("leave nothing unfolded and no stream set aside", async () => {
		const response = await fetch(`${collector.url}/v1/status`, { headers: authorise(collector.keys.read) });
		expect(await response.json()).toMatchObject({ pending: 0, stuck: 0, errors: [] });
	});

	it("cost their neighbours nothing", async () => {
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		const logged = rows.map(({ messageId }) => messageId).filter((id) => id.startsWith("good-"));
		expect(logged.sort()).toEqual(good.map(({ messageId }) => messageId).sort());
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		const shown = journeys.flatMap(({ touchpoints }) => touchpoints.map(({ evidence }) => evidence[0] ?? ""));
		expect(shown.filter((id) => id.startsWith("good-")).sort()).toEqual(good.map(({ messageId }) => messageId).sort());
	});

	it("come out again as lines of JSON in every export", async () => {
		for (const path of ["/v1/events", "/v1/journeys?bots=1", "/v1/touchpoints?bots=1", "/v1/profiles"]) {
			expect((await readRows(collector.url, collector.keys.read, path)).length, path).toBeGreaterThan(0);
		}
	});
});
