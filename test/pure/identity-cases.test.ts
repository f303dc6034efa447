/** The worked examples of the rules, in every order that they may arrive in. */
import { describe, expect, it } from "vitest";
import { resolve } from "../../collector/identity/index.ts";
import type { LoggedEvent, WireEvent } from "../../collector/model.ts";
import cases from "../cases/identity.json" with { type: "json" };

const SETTINGS = { phoneRegion: "CN", blocked: [] };
const DATA_TYPES = new Set(["page", "screen", "track", "identify", "group", "touch"]);
const STATEMENT_TYPES = new Set(["alias", "reset", "consent", "link", "unlink", "erase"]);

interface Case {
	name: string;
	events: { type: string; timestamp: string; messageId: string }[];
	expect: { profiles: string[][]; unattributed?: string[]; excluded?: string[] };
}
const CASES = cases.cases as Case[];

/** Types that the HTTP contract does not know stand for track events of that name. */
function toLogged(raw: Case["events"][number]): LoggedEvent {
	const isKnown = DATA_TYPES.has(raw.type) || STATEMENT_TYPES.has(raw.type);
	const sent = { ...(raw as WireEvent), ...(isKnown ? {} : { type: "track" as const, event: raw.type }) };
	const timestamp = Date.parse(raw.timestamp);
	return { sent: { ...sent, messageId: raw.messageId }, timestamp, receivedAt: timestamp, trust: "server", added: {} };
}

function answer(events: LoggedEvent[]) {
	const { placed, unattributed, excluded } = resolve(events, SETTINGS, "case secret");
	const profiles = Map.groupBy(placed, (item) => item.profileId);
	return {
		profiles: [...profiles.values()].map((items) => items.map((item) => item.messageId).sort()).sort(),
		unattributed: unattributed.map((item) => item.messageId).sort(),
		excluded: excluded.map((item) => item.messageId).sort(),
	};
}

/** Small, seeded and good enough to shuffle with (mulberry32). */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

function shuffleWithDuplicates(events: LoggedEvent[], random: () => number): LoggedEvent[] {
	return [...events, ...events.filter(() => random() < 0.3)]
		.map((event) => ({ event, place: random() }))
		.sort((x, y) => x.place - y.place)
		.map(({ event }) => event);
}

describe.each(CASES)("$name", ({ name, events, expect: expected }) => {
	const logged = events.map(toLogged);
	const wanted = {
		profiles: expected.profiles.map((ids) => ids.toSorted()).sort(),
		unattributed: (expected.unattributed ?? []).toSorted(),
		excluded: (expected.excluded ?? []).toSorted(),
	};

	it("holds as given", () => expect(answer(logged)).toEqual(wanted));

	it("holds when everything arrives the other way round", () => expect(answer(logged.toReversed())).toEqual(wanted));

	it("holds in 300 orders with duplicates", () => {
		const random = createRandom(name.length);
		for (let round = 0; round < 300; round++) {
			expect(answer(shuffleWithDuplicates(logged, random))).toEqual(wanted);
		}
	});
});

it("reads all 34 cases", () => expect(CASES).toHaveLength(34));
