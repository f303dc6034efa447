/** The numbers that the script is held to, in figures: other tests play what each of them does, by its name. */
import { expect, it } from "vitest";
import scriptDocs from "../../docs/script.md?raw";
import { IDLE_MS } from "../../sdk/capture/engaged-time.ts";
import { PAUSE_MS } from "../../sdk/capture/forms.ts";
import { backoffMs, REQUESTS_A_MINUTE_MAX } from "../../sdk/delivery/backoff.ts";
import { EVICTED_FIRST, QUEUE_LIMITS } from "../../sdk/delivery/caps.ts";
import { DELIVERY_LIMITS } from "../../sdk/delivery/delivery.ts";
import { LEASE_MS } from "../../sdk/delivery/queue.ts";
import { GZIP_BYTES_MIN } from "../../sdk/delivery/recovery.ts";
import { createTransport } from "../../sdk/delivery/transport.ts";
import { FAULTS_MAX } from "../../sdk/page/guard.ts";
import { HOP_MINUTES_MAX } from "../../sdk/visitor/hop.ts";
import { SESSION_GAP_MS } from "../../sdk/visitor/session.ts";

it("sends after so much, and tries again after so long", () => {
	expect(DELIVERY_LIMITS).toEqual({
		flushEvents: 10,
		flushChars: 32_768,
		flushIntervalMs: 5_000,
		firstFlushMs: 1_000,
	});
	expect(REQUESTS_A_MINUTE_MAX).toBe(12);
	expect([1, 2, 3, 8, 9].map((failures) => backoffMs(failures, 1))).toEqual([2_000, 4_000, 8_000, 256_000, 300_000]);
	expect(GZIP_BYTES_MIN).toBe(1_024);
	expect(createTransport("").budget).toBe(57_344);
});

it("keeps so much, and gives up in this order", () => {
	expect(QUEUE_LIMITS).toEqual({ eventsMax: 10_000, charsMax: 5_242_880, ageMsMax: 604_800_000 });
	expect(EVICTED_FIRST).toEqual(["engagement", "vital", "click", "page", "custom", "identity"]);
	expect(LEASE_MS).toBe(30_000);
});

it("takes so long a silence for idleness, a pause, or the end of a visit, and believes a hop for so long", () => {
	expect([IDLE_MS, PAUSE_MS, SESSION_GAP_MS, HOP_MINUTES_MAX]).toEqual([30_000, 3_000, 1_800_000, 2]);
});

it("ends at the third fault of its own", () => {
	expect(FAULTS_MAX).toBe(3);
});

it("says so in the documentation", () => {
	const [, when = ""] = scriptDocs.split(/^## When it is sent$/m);
	for (const figure of [
		"ten events, 32 KB, 5 s (1 s at first)",
		"Twelve requests a minute",
		"1 s · 2ⁿ and 5 min at most",
		"401, 403 or 410",
		"10,000 events, 5 MB or seven days",
		"reading times, vitals, clicks, page views, your own events, identities and conversions",
	]) {
		expect(when).toContain(figure);
	}
});
