/** More than can be folded in time: the sender is told to wait, and nothing that was answered 200 is lost. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const BACKLOG_EVENTS_MAX = 2_000;
const BURST_EVENTS = 6_000;
const EVENTS_A_BATCH = 100;
/** The platform ends an isolate above 128 MB; workerd itself may need 50 beside it. */
const MEMORY_MB_MAX = 128 + 50;

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector({ env: { BACKLOG_EVENTS_MAX: String(BACKLOG_EVENTS_MAX) } });
	// Its shard learns the limit with its first fold.
	await postBatch(collector.url, collector.keys.write, [createEvent("first")]);
	await settle(collector.url, collector.keys.read);
});
afterAll(() => collector.stop());

/** Of one device, so that one shard has to take it all. */
function createEvent(messageId: string): WireEvent & { messageId: string } {
	const label = "a text of some length, as people fill their properties with".repeat(3);
	return { type: "track", event: "Button Clicked", messageId, anonymousId: "device-1", properties: { label } };
}

/** The most that the process ever held in memory. */
function peakMb(): number {
	const status = readFileSync(`/proc/${collector.pid}/status`, "utf8");
	return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

describe("a burst of three times the backlog limit", () => {
	const batches = Array.from({ length: BURST_EVENTS / EVENTS_A_BATCH }, (_, batch) =>
		Array.from({ length: EVENTS_A_BATCH }, (_, index) => createEvent(`${batch}-${index}`)),
	);
	const answers = new Map<(typeof batches)[number], Response>();

	beforeAll(async () => {
		await Promise.all(
			batches.map(async (batch) => {
				const response = await fetch(`${collector.url}/v1/batch`, {
					method: "POST",
					headers: authorise(collector.keys.write),
					body: JSON.stringify({ batch }),
				});
				answers.set(batch, response);
			}),
		);
	});

	const answered = (status: number) => batches.filter((batch) => answers.get(batch)?.status === status);

	it("is refused in part, with the time to wait", async () => {
		expect(answered(200).length + answered(503).length).toBe(batches.length);
		expect(answered(200).length).toBeGreaterThanOrEqual(BACKLOG_EVENTS_MAX / EVENTS_A_BATCH);
		expect(answered(503).length).toBeGreaterThan(0);
		for (const batch of answered(503)) {
			const response = answers.get(batch) as Response;
			expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
			expect(await response.json()).toMatchObject({ error: { code: "overloaded" } });
		}
	});

	it("takes no more memory than the platform gives", () => {
		expect(peakMb()).toBeGreaterThan(0);
		expect(peakMb()).toBeLessThan(MEMORY_MB_MAX);
	});

	it("has every event that was answered 200, and none that was refused", async () => {
		await settle(collector.url, collector.keys.read);
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		const wanted = ["first", ...answered(200).flatMap((batch) => batch.map(({ messageId }) => messageId))];
		expect(rows.map(({ messageId }) => messageId).sort()).toEqual(wanted.sort());
	});

	it("is whole once its sender has come again as told", async () => {
		for (const batch of answered(503)) {
			await postBatch(collector.url, collector.keys.write, batch);
			await settle(collector.url, collector.keys.read);
		}
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		expect(new Set(rows.map(({ messageId }) => messageId)).size).toBe(BURST_EVENTS + 1);
		expect(rows).toHaveLength(BURST_EVENTS + 1);
		expect(
			await (await fetch(`${collector.url}/v1/status`, { headers: authorise(collector.keys.read) })).json(),
		).toMatchObject({
			pending: 0,
			stuck: 0,
			errors: [],
		});
	});
});
