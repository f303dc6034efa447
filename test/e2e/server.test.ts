/** `strand/server` against the real collector, as its package is built. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Fault, init, type ServerOptions, type StrandServer } from "../../sdk/server.ts";
import { type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { freePort, type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";

const BUILT = join(import.meta.dirname, "../../dist/server.mjs");

let collector: RunningCollector;
let proxy: FaultProxy;
let faults: Fault[];
const open: StrandServer[] = [];

beforeAll(async () => {
	collector = await startCollector();
	proxy = await startFaultProxy(collector.url);
});
beforeEach(() => {
	faults = [];
	proxy.clear();
	proxy.fault = undefined;
});
afterAll(async () => {
	await Promise.all(open.map((strand) => strand.close()));
	await proxy?.close();
	await collector?.stop();
});

function start(options: Partial<ServerOptions> = {}): StrandServer {
	const strand = init({
		endpoint: proxy.url,
		key: collector.keys.secret,
		onError: (fault) => faults.push(fault),
		...options,
	});
	open.push(strand);
	return strand;
}

const readIds = async () =>
	(await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events")).map(({ messageId }) => messageId);

describe("delivery", () => {
	it("makes one chain of a call, a name and an order, in one request", async () => {
		const strand = start();
		const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
		strand.touch({
			channel: "phone",
			name: "call_completed",
			direction: "in",
			durationMs: 240_000,
			traits: { phone: "+8613812345678" },
			timestamp: at(3),
		});
		strand.identify({ userId: "server-user-1", traits: { phone: "138 1234 5678" }, timestamp: at(2) });
		strand.track({ userId: "server-user-1", event: "Order Completed", properties: { total: 5, currency: "EUR" } });
		await strand.flush();
		expect(proxy.requests.map(({ events }) => events.length)).toEqual([3]);
		expect(faults).toEqual([]);
		await settle(collector.url, collector.keys.read);
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		expect(journeys.map(({ touchpoints }) => touchpoints.map(({ type }) => type))).toEqual([
			["call_completed", "order_completed"],
		]);
	});

	it("sends at once what fills a batch, and never more than one request at a time", async () => {
		const strand = start({ flushAt: 10, flushIntervalMs: 60_000 });
		for (let n = 0; n < 35; n++) strand.track({ userId: "u", event: "Counted", messageId: `counted-${n}` });
		await strand.flush();
		expect(proxy.requests.map(({ events }) => events.length)).toEqual([10, 10, 10, 5]);
		expect((await readIds()).filter((id) => id.startsWith("counted-"))).toHaveLength(35);
	});

	it("keeps a batch below the body's limit, whatever its script", async () => {
		const strand = start({ flushAt: 500, flushIntervalMs: 60_000 });
		for (let n = 0; n < 60; n++) {
			strand.track({ userId: "u", event: "Large", messageId: `large-${n}`, properties: { text: "茶".repeat(10_000) } });
		}
		await strand.flush();
		expect(faults).toEqual([]);
		expect((await readIds()).filter((id) => id.startsWith("large-"))).toHaveLength(60);
	});

	it("tries again after 429 and a broken connection, and the event counts once", async () => {
		proxy.fault = () =>
			[{ status: 429, headers: { "retry-after": "1" } }, { reset: "after" as const }][proxy.requests.length - 1];
		const strand = start();
		strand.track({ userId: "u", event: "Again", messageId: "again-1" });
		await strand.flush();
		const [limited, later] = proxy.requests;
		expect(proxy.requests.map(({ status }) => status)).toEqual([429, 0, 200]);
		expect((later?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
		expect(faults).toEqual([]);
		expect((await readIds()).filter((id) => id === "again-1")).toHaveLength(1);
	});

	it("halves a batch that a proxy finds too large", async () => {
		proxy.fault = ({ events }) => (events.length > 3 ? { status: 413 } : undefined);
		const strand = start({ flushAt: 10 });
		for (let n = 0; n < 10; n++) strand.track({ userId: "u", event: "Halved", messageId: `halved-${n}` });
		await strand.flush();
		expect((await readIds()).filter((id) => id.startsWith("halved-"))).toHaveLength(10);
		expect(faults).toEqual([]);
	});
});

describe("what does not arrive", () => {
	it("is told with its reason, and costs its neighbours nothing", async () => {
		const strand = start();
		strand.track({ userId: "u", event: "Good", messageId: "good-1" });
		strand.touch({ channel: "phone", name: "call_completed", durationMs: -1, messageId: "bad-1" });
		strand.track({ userId: "u", event: "Huge", properties: { text: "x".repeat(33_000) } });
		const circle: { [key: string]: unknown } = {};
		circle.self = circle;
		strand.touch({ channel: "phone", name: "call_completed", circle });
		await strand.flush();
		expect(faults.map(({ code, events }) => [code, events.length])).toEqual([
			["event_too_large", 1],
			["not_json", 1],
			["bad_field", 1],
		]);
		expect(faults.at(-1)?.events[0]).toMatchObject({ messageId: "bad-1" });
		expect(await readIds()).toContain("good-1");
	});

	it("names the key where that is wrong, and asks once", async () => {
		const strand = start({ key: "sk_main_wrong" });
		strand.track({ userId: "u", event: "Refused" });
		await strand.flush();
		expect(faults.map(({ code }) => code)).toEqual(["unknown_key"]);
		expect(proxy.requests).toHaveLength(1);
	});

	it("is what passes the queue's limit, and what is left when closing takes too long", async () => {
		const strand = start({
			endpoint: `http://127.0.0.1:${await freePort()}`,
			queueEventsMax: 2,
			closeTimeoutMs: 300,
		});
		for (let n = 0; n < 3; n++) strand.track({ userId: "u", event: "Held" });
		await strand.close();
		strand.track({ userId: "u", event: "Late" });
		expect(faults.map(({ code, events }) => [code, events.length])).toEqual([
			["queue_full", 1],
			["not_sent", 2],
			["not_sent", 1],
		]);
	});

	it("is what no server answers within the time to close", async () => {
		proxy.fault = () => ({ until: new Promise(() => {}) });
		const strand = start({ closeTimeoutMs: 200 });
		strand.track({ userId: "u", event: "Unanswered" });
		const startedAt = performance.now();
		await strand.close();
		// Much sooner than the usual 10 s.
		expect(performance.now() - startedAt).toBeLessThan(5_000);
		expect(faults.map(({ code }) => code)).toEqual(["not_sent"]);
	});
});

describe("options", () => {
	it.each([
		[{ endpoint: "collector.example.com" }],
		[{ key: "" }],
		[{ flushAt: 0 }],
		[{ flushAt: 501 }],
		[{ flushIntervalMs: 0.5 }],
		[{ closeTimeoutMs: 2 ** 31 }],
	])("refuses %o where the developer sees it", (wrong) => {
		expect(() => init({ endpoint: "https://c.example", key: "sk_x", ...wrong })).toThrow(TypeError);
	});
});

describe("a process", () => {
	/** Runs a program that ends by itself. @returns what it wrote to stderr */
	async function run(program: string): Promise<string> {
		const child = spawn(process.execPath, [
			"--input-type=module",
			"-e",
			`import { init } from ${JSON.stringify(BUILT)};\n${program}`,
		]);
		const [said] = await Promise.all([text(child.stderr), once(child, "exit")]);
		return said;
	}

	it("sends what waits before it ends by itself, also when the first try fails", async () => {
		proxy.fault = () => (proxy.requests.length === 1 ? { status: 503 } : undefined);
		const said =
			await run(`const strand = init({ endpoint: "${proxy.url}", key: "${collector.keys.secret}", flushIntervalMs: 60_000 });
			strand.track({ userId: "u", event: "Ended", messageId: "ended-1" });`);
		expect(said).toBe("");
		expect(proxy.requests.map(({ status }) => status)).toEqual([503, 200]);
		expect(await readIds()).toContain("ended-1");
	});

	it("ends even where no collector is, and says what was lost without saying whose it was", async () => {
		const said =
			await run(`const strand = init({ endpoint: "http://127.0.0.1:${await freePort()}", key: "sk_x", closeTimeoutMs: 300 });
			strand.track({ userId: "somebody", event: "Lost" });`);
		expect(said).toContain("1 event(s) not delivered: not_sent");
		expect(said).not.toContain("somebody");
	});
});
