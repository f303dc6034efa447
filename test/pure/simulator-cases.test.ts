/** The worked examples of the identity rules, and the rules clause by clause, through the whole store. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { readStream } from "../../collector/store/stream-shard/fold-stream.ts";
import { DATA_TYPES, type EventType, STATEMENT_TYPES } from "../../sdk/wire.ts";
import cases from "../cases/identity.json" with { type: "json" };
import { CLAUSES } from "../cases/identity-clauses.ts";
import { findFaults } from "../simulator/check.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import { Random } from "../simulator/random.ts";
import { readIds, readLine, readPeople } from "../support/clause-log.ts";

interface Case {
	name: string;
	events: { type: string; timestamp: string; messageId: string; [field: string]: unknown }[];
	expect: { profiles: string[][]; unattributed?: string[] };
}
const CASES: Case[] = [
	...(cases.cases as unknown as Case[]),
	...CLAUSES.map(({ rule, says, events, people, unattributed }) => ({
		name: `rule ${rule}: ${says}`,
		events: events.map(readLine),
		expect: { profiles: readPeople(people), unattributed: readIds(unattributed) },
	})),
];
const KNOWN_TYPES = new Set<string>([...DATA_TYPES, ...STATEMENT_TYPES]);
const SHUFFLES = 2;

/** Types that the HTTP contract does not know stand for track events of that name. */
function toLogged(raw: Case["events"][number]): LoggedEvent {
	const isKnown = KNOWN_TYPES.has(raw.type);
	const type = (isKnown ? raw.type : "track") as EventType;
	const timestamp = Date.parse(raw.timestamp);
	const sent = { ...raw, type, ...(isKnown ? {} : { event: raw.type }) } as LoggedEvent["sent"];
	return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
}

/** What the store shows of a case's events, each in a batch of its own. */
async function play(events: LoggedEvent[], oneAtATime: boolean) {
	const world = createQuietWorld({ oneAtATime });
	try {
		await world.play(events.map((event) => ({ events: [event] })));
		expect(findFaults(world)).toEqual([]);
		const owned: { messageId: string; owner: string | null }[] = [];
		for (const shard of world.streams.values()) {
			const rules = shard.rules(world.config);
			for (const stream of shard.streamsAfter("", 1000)) {
				const { head, loadEvents } = shard.loadStream(stream);
				for (const { fact, owner, isExcluded } of readStream(head, rules, loadEvents)) {
					if (fact.isData && !isExcluded) owned.push({ messageId: fact.at.m, owner });
				}
			}
		}
		const ids = (list: typeof owned) => list.map(({ messageId }) => messageId).sort();
		const byOwner = Map.groupBy(owned, ({ owner }) => owner);
		const unattributed = ids(byOwner.get(null) ?? []);
		byOwner.delete(null);
		return { profiles: [...byOwner.values()].map(ids).sort(), unattributed };
	} finally {
		world.close();
	}
}

describe.each(CASES)("$name, stored", ({ name, events, expect: expected }) => {
	const logged = events.map(toLogged);
	const wanted = {
		profiles: expected.profiles.map((ids) => ids.toSorted()).sort(),
		unattributed: (expected.unattributed ?? []).toSorted(),
	};

	it("holds as given", async () => expect(await play(logged, false)).toEqual(wanted));

	it("holds when everything arrives the other way round", async () => {
		expect(await play(logged.toReversed(), false)).toEqual(wanted);
	});

	it("holds shuffled with duplicates", async () => {
		const random = new Random(name.length);
		for (let round = 0; round < SHUFFLES; round++) {
			const repeated = random.shuffle([...logged, ...logged.filter(() => random.chance(0.3))]);
			expect(await play(repeated, false)).toEqual(wanted);
		}
	});

	it("holds when the store settles after each event", async () => {
		expect(await play(logged, true)).toEqual(wanted);
	});
});
