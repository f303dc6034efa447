/** What was planted in the demo is found, by the analyses and on the page; it is sent through the real door. */
import { describe, expect, it } from "vitest";
import { readFindings } from "../../../collector/node/demo/findings.ts";
import { makePerson } from "../../../collector/node/demo/people.ts";
import { PLANTED } from "../../../collector/node/demo/shop.ts";
import { createWorkspace } from "../../../collector/node/workspaces.ts";
import type { WireEvent } from "../../../sdk/wire.ts";
import { postBatch } from "../../support/api.ts";
import { settle } from "../../support/collector.ts";
import { adminToken, collector, endAt, figure, open, RANGE, show, tableOf } from "./scene.ts";

/** Of so many people those are sent whose only channels are the planted pair's: about 450. */
const PEOPLE = 5_000;
const SEED = 1;

describe("what is planted in the demo", () => {
	it("is found: the busiest hour, and the checkout where most are lost", async () => {
		const { busiest, paidShare, lostAt } = await readFindings(collector.url, collector.keys.read);
		expect(busiest).toBe("Tuesday 20:00");
		expect(lostAt).toBe("order_paid");
		// Three standard errors of the 60 and more who start one.
		expect(Math.abs((paidShare ?? 0) - PLANTED.checkout.paidShare)).toBeLessThan(3 * Math.sqrt(0.21 / 60));
		await open();
		await show("map");
		const notes = figure("The way to the goal").locator(".bars .note");
		await expect.poll(() => notes.last().textContent()).toContain("most leave here");
	});

	it("is found: the pair of channels that converts 2.5 times as often, among people who met nothing else", async () => {
		const keys = await createWorkspace(collector.url, adminToken(), {
			workspace: "planted",
			streamShards: 1,
			profileShards: 1,
		});
		if (keys === undefined) throw new Error("the workspace exists");
		const { lift } = PLANTED.pair;
		const events = Array.from({ length: PEOPLE }, (_, index) => makePerson(SEED, index, endAt))
			.filter(isOfPair)
			.flat();
		expect(events.length).toBeGreaterThan(1_000);
		for (let from = 0; from < events.length; from += 400) {
			await postBatch(collector.url, keys.secret, events.slice(from, from + 400));
		}
		await settle(collector.url, keys.read);
		const found = await readFindings(collector.url, keys.read);
		expect(found.verdict).toBe("better");
		expect(found.lift ?? 0).toBeGreaterThan(lift * 0.6);
		expect(found.lift ?? 0).toBeLessThan(lift * 1.6);
		await open("", keys.read);
		await show("attribution", `?from=${RANGE.from}&to=${RANGE.to}&by=channel&compare=0`);
		const row = (await tableOf("Channel combinations")).find(([pair]) => pair === "Phone + Webinar");
		expect(row?.at(-1)).toBe("better");
	});
});

/** Met the pair's channels alone, before what follows an order. */
function isOfPair(events: readonly WireEvent[]): boolean {
	const channels: string[] = [...PLANTED.pair.channels, "package", "ticket", "survey"];
	return events.every(
		({ type, channel, event }) => event === "Order Paid" || (type === "touch" && channels.includes(String(channel))),
	);
}
