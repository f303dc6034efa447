/** A tracking plan: what it finds, what it leaves alone, and its types. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkPlan, parsePlan, type TrackingPlan } from "../../collector/ingest/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { printPlanTypes } from "../../collector/node/plan-types.ts";

const PLAN = {
	events: {
		"Order Completed": {
			type: "object",
			description: "Money is ours.",
			required: ["order_id", "total"],
			additionalProperties: false,
			properties: {
				order_id: { type: "string" },
				total: { type: "number", minimum: 0 },
				products: {
					type: "array",
					items: {
						type: "object",
						required: ["sku"],
						properties: { sku: { type: "string" }, price: { type: "number" } },
					},
				},
				kind: { enum: ["web", "shop"] },
			},
		},
		call_completed: { properties: { agent: { type: "string" } } },
	},
};

function plan(json: object = PLAN): TrackingPlan {
	const parsed = parsePlan(json);
	if (!parsed.ok) throw new Error(`${parsed.field}: ${parsed.message}`);
	return parsed.value;
}

function event(sent: object): LoggedEvent {
	return { sent: { messageId: "m", ...sent }, timestamp: 0, receivedAt: 0, trust: "public", added: {} } as LoggedEvent;
}

const track = (name: string, properties: object, messageId = "m") =>
	event({ type: "track", event: name, properties, messageId });

const check = (events: LoggedEvent[], own = new Set<string>(), json: object = PLAN) =>
	checkPlan(events, plan(json), own).map(({ event: name, problem, property, count }) => [
		name,
		problem,
		property,
		count,
	]);

describe("checkPlan", () => {
	it("finds nothing in what is as planned, and looks at named events only", () => {
		expect(
			check([
				track("Order Completed", { order_id: "1", total: 2, products: [{ sku: "a", price: 1 }], kind: "web" }),
				event({ type: "touch", channel: "phone", name: "call_completed" }),
				event({ type: "page", name: "Home" }),
				event({ type: "identify", userId: "u", traits: {} }),
			]),
		).toEqual([]);
	});

	it("names event, problem and property of each difference, places in lists together", () => {
		const wrong = { order_id: 3, extra: 1, kind: "fair", products: [{ price: "x" }, { price: "y", sku: "b" }] };
		expect(check([track("Order Completed", wrong)]).sort()).toEqual([
			["Order Completed", "additionalProperties", "extra", 1],
			["Order Completed", "enum", "kind", 1],
			["Order Completed", "required", "products/*/sku", 1],
			["Order Completed", "required", "total", 1],
			["Order Completed", "type", "order_id", 1],
			["Order Completed", "type", "products/*/price", 1],
		]);
	});

	it("counts equal differences together", () => {
		const events = ["a", "b", "c"].map((id) => track("Order Completed", { order_id: id }, id));
		expect(check(events)).toEqual([["Order Completed", "required", "total", 3]]);
	});

	it("warns of unknown names unless told not to, and never of the script's own", () => {
		const events = [track("Ordr Completed", {}), track("Page Engaged", {})];
		expect(check(events, new Set(["Page Engaged"]))).toEqual([["Ordr Completed", "unknown_event", "", 1]]);
		expect(check(events, new Set(), { ...PLAN, warnUnknown: false })).toEqual([]);
	});

	it("shows no value that was sent", () => {
		const found = checkPlan([track("Order Completed", { order_id: 13812345678, total: "secret" })], plan(), new Set());
		expect(JSON.stringify(found)).not.toMatch(/13812345678|secret/);
	});

	it("is not stopped by names of the language", () => {
		expect(check([track("__proto__", {}), track("constructor", {})])).toEqual([
			["__proto__", "unknown_event", "", 1],
			["constructor", "unknown_event", "", 1],
		]);
	});
});

describe("parsePlan", () => {
	it.each([
		["nothing", null, ""],
		["a list of events", { events: [] }, "events"],
		["a schema that is none", { events: { A: 3 } }, "events.A"],
		["a pattern that is none", { events: { A: { properties: { x: { pattern: "(" } } } } }, "events.A"],
		["a reference to nothing", { events: { A: { $ref: "#/nothing" } } }, "events.A"],
		["a schema within itself", { events: { A: { $ref: "#" } } }, "events.A"],
		["an unknown field", { events: {}, strict: true }, "strict"],
	])("refuses %s", (_, json, field) => {
		expect(parsePlan(json)).toMatchObject({ ok: false, field });
	});
});

describe("printPlanTypes", () => {
	it("makes an event map that refuses what the plan does", () => {
		const folder = mkdtempSync(join(import.meta.dirname, "..", "..", "dist-types-"));
		try {
			writeFileSync(join(folder, "events.ts"), printPlanTypes(PLAN.events as Parameters<typeof printPlanTypes>[0]));
			writeFileSync(
				join(folder, "use.ts"),
				`import type { Events } from "./events.ts";
				export const good: Events["Order Completed"] = { order_id: "1", total: 2, products: [{ sku: "a" }] };
				// @ts-expect-error total is missing
				export const bad: Events["Order Completed"] = { order_id: "1" };
				// @ts-expect-error not planned
				export const odd: Events["Order Completed"] = { order_id: "1", total: 2, extra: 1 };
				export const call: Events["call_completed"] = { agent: "x", more: 1 };`,
			);
			const compiler = join(import.meta.dirname, "..", "..", "node_modules", "typescript", "bin", "tsc");
			const flags = ["--noEmit", "--strict", "--allowImportingTsExtensions", "--ignoreConfig", "--types", ""];
			execFileSync(process.execPath, [compiler, ...flags, join(folder, "use.ts")], { encoding: "utf8", stdio: "pipe" });
		} catch (error) {
			throw new Error((error as { stdout?: string }).stdout ?? String(error));
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
