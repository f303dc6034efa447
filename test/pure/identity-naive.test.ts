/** Two readings of the same rules say the same of any history. `IDENTITY_RUNS` sets how many; a failure prints its seed. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { answer, byEvent, hash } from "./identity-answer.ts";
import { anyLogs } from "./identity-history.ts";
import { resolveNaively } from "./identity-naive.ts";

const RUNS = Number(process.env.IDENTITY_RUNS ?? 400);

it("gives every event of a random history to the profile that a slow, separate reading of the rules gives it", () => {
	fc.assert(
		fc.property(anyLogs, (log) => {
			const wanted = Object.fromEntries(resolveNaively(log, hash));
			expect(byEvent(answer(log))).toEqual(wanted);
		}),
		{ numRuns: RUNS },
	);
}, 3_600_000);
