/** On a shared device some of its people say all of themselves, as long as what is known of the others shows that it is shared. */
import { describe, expect, it } from "vitest";
import {
	type ClusterResolution,
	cutTimeline,
	type KnownTurn,
	resolveClusters,
	type Timeline,
} from "../../collector/identity/index.ts";
import type { Trust } from "../../collector/model.ts";
import { node } from "./identity-answer.ts";

const HOUR_MS = 3600_000;
const TABLET = node("anonymousId", "tablet");

/** One login an hour at the tablet. */
function tabletOf(users: readonly string[], trust: Trust = "public"): Timeline {
	const lights = users.map((user, index) => ({
		at: { t: index * HOUR_MS, m: user, s: TABLET },
		nodes: [node("userId", user)],
		trust,
	}));
	return cutTimeline({ key: TABLET, devices: [TABLET], lights, resets: [] });
}

/** The first of so many people, with what was found of the others before. */
function resolvePart(whole: Timeline, known: ClusterResolution, peopleMax: number, change = (turn: KnownTurn) => turn) {
	const [first, ...others] = whole.visits;
	const turns = [...(known.known.get(TABLET)?.values() ?? [])].slice(1, 1 + Math.min(others.length, peopleMax));
	const part = { ...whole, visits: [first as Timeline["visits"][number]] };
	return resolveClusters([part], [], { shared: new Set(), others: new Map([[TABLET, turns.map(change)]]) });
}

describe("a part of a shared device's people", () => {
	const users = ["ann", "bob", "cai", "dai"];
	const whole = tabletOf(users, "server");
	const found = resolveClusters([whole], []);

	it("is answered as among all of them", () => {
		const part = resolvePart(whole, found, 3);
		expect([...part.lapsed]).toEqual([]);
		expect(part.answers.get(TABLET)?.shared).toBe(true);
		expect(part.profileOf).toEqual(new Map([...found.profileOf].filter(([one]) => one === node("userId", "ann"))));
		expect([...(part.known.get(TABLET) ?? [])]).toEqual([...(found.known.get(TABLET) ?? [])].slice(0, 1));
	});

	it("says nothing where those who are left do not show that the device is shared", () => {
		expect([...resolvePart(whole, found, 2).lapsed]).toEqual([]);
		expect([...resolvePart(whole, found, 1).lapsed]).toEqual([TABLET]);
		expect([...resolvePart(whole, found, 0).lapsed]).toEqual([TABLET]);
	});

	it("says nothing where the others were not looked at each time that the device is judged", () => {
		for (const stage of ["serverTier", "servers", "publicTier", "final"] as const) {
			const forget = ({ isServers, people: { [stage]: _, ...people } }: KnownTurn) => ({ isServers, people });
			expect([...resolvePart(whole, found, 3, forget).lapsed]).toEqual([TABLET]);
		}
	});
});
