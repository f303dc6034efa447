import { describe, expect, it } from "vitest";
import { makeLinMei } from "../../collector/node/demo/known-person.ts";
import { makePerson, mondayBefore } from "../../collector/node/demo/people.ts";
import { PLANTED, ZONE_OFFSET_MS } from "../../collector/node/demo/shop.ts";
import type { WireEvent } from "../../sdk/wire.ts";

const END_AT = mondayBefore(Date.parse("2026-06-03T12:00:00Z"));
const PEOPLE = 8_000;
const people = Array.from({ length: PEOPLE }, (_, index) => makePerson(7, index, END_AT));

const isOrder = (event: WireEvent) => event.event === "Order Paid";
const timeOf = (event: WireEvent) => Date.parse(event.originalTimestamp ?? "");

/** Share of those people who ordered. */
function rateOf(some: readonly WireEvent[][]): number {
	return some.filter((events) => events.some(isOrder)).length / some.length;
}

/** People whose contacts before an order were on exactly these channels. */
function onlyOn(...channels: string[]): WireEvent[][] {
	const after = ["package", "ticket", "survey"];
	return people.filter((events) => {
		const met = new Set(events.filter((event) => !isOrder(event)).map(({ channel, type }) => channel ?? type));
		for (const channel of after) met.delete(channel);
		return met.size === channels.length && channels.every((channel) => met.has(channel));
	});
}

describe("the demo's people", () => {
	it("are the same for the same seed and others for another", () => {
		expect(makePerson(7, 42, END_AT)).toEqual(people[42]);
		expect(makePerson(8, 42, END_AT)).not.toEqual(people[42]);
	});

	it("carry one messageId an event", () => {
		const ids = people.flat().map(({ messageId }) => messageId);
		expect(new Set(ids).size).toBe(ids.length);
	});

	it("stay inside the quarter", () => {
		const times = people
			.flat()
			.filter((event) => !isOrder(event))
			.map(timeOf);
		expect(Math.max(...times.slice(0, 50_000))).toBeLessThan(END_AT + 24 * 3600_000);
		expect(Math.min(...times.slice(0, 50_000))).toBeGreaterThan(END_AT - 93 * 24 * 3600_000);
	});

	it("buy 2.5 times as often after phone and webinar as after one of them", () => {
		const [pair, phone, webinar] = [onlyOn("phone", "webinar"), onlyOn("phone"), onlyOn("webinar")];
		// Three standard errors at these numbers of people.
		expect(Math.abs(rateOf(pair) - PLANTED.pair.rate)).toBeLessThan(3 * Math.sqrt(0.1875 / pair.length));
		const singles = [...phone, ...webinar];
		expect(Math.abs(rateOf(singles) - PLANTED.pair.singleRate)).toBeLessThan(3 * Math.sqrt(0.09 / singles.length));
	});

	it("drop out at the checkout", () => {
		const starters = people.filter((events) => events.some(({ event }) => event === "Checkout Started"));
		const error = 3 * Math.sqrt(0.21 / starters.length);
		expect(Math.abs(rateOf(starters) - PLANTED.checkout.paidShare)).toBeLessThan(error);
	});

	it("come most of all on Tuesday evening", () => {
		const counts = new Map<string, number>();
		for (const event of people.flat()) {
			const local = new Date(timeOf(event) + ZONE_OFFSET_MS);
			const key = `${local.getUTCDay()} ${local.getUTCHours()}`;
			counts.set(key, (counts.get(key) ?? 0) + 1);
		}
		const [[busiest] = []] = [...counts].sort(([, a], [, b]) => b - a);
		expect(busiest).toBe(`2 ${PLANTED.peak.hour}`);
	});
});

describe("the known person", () => {
	it("is told in order of time", () => {
		const times = makeLinMei(END_AT).map(timeOf);
		const ofPages = times.filter((_, index) => index > 0);
		expect(ofPages.every(Number.isFinite)).toBe(true);
		expect(Math.max(...times)).toBeLessThan(END_AT);
	});
});
