/** `identity.md` clause by clause, in every order that the events may arrive in. */
import { describe, expect, it } from "vitest";
import { resolve } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { CLAUSES } from "../cases/identity-clauses.ts";
import { Random } from "../simulator/random.ts";
import { readIds, readLine, readPeople, toLogged } from "../support/clause-log.ts";

const SETTINGS = { phoneRegion: "CN", blocked: [] };
const ORDERS = 60;

function answer(events: readonly LoggedEvent[]) {
	const { placed, unattributed, excluded } = resolve(events, SETTINGS, "clause secret");
	const ids = (items: readonly { messageId: string }[]) => items.map(({ messageId }) => messageId).sort();
	return {
		people: [...Map.groupBy(placed, ({ profileId }) => profileId).values()].map(ids).sort(),
		unattributed: ids(unattributed),
		excluded: ids(excluded),
	};
}

describe.each(CLAUSES)("rule $rule: $says", ({ says, events, people, unattributed, excluded }) => {
	const logged = events.map((line) => toLogged(readLine(line)));
	const wanted = {
		people: readPeople(people),
		unattributed: readIds(unattributed),
		excluded: readIds(excluded),
	};

	it("as written, the other way round, and shuffled with repeats", () => {
		expect(answer(logged)).toEqual(wanted);
		expect(answer(logged.toReversed())).toEqual(wanted);
		const random = new Random(says.length);
		for (let round = 0; round < ORDERS; round++) {
			const arrivals = random.shuffle([...logged, ...logged.filter(() => random.chance(0.3))]);
			expect(answer(arrivals)).toEqual(wanted);
		}
	});
});
