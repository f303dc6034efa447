/** Two readings of the same rules say the same of any history. `IDENTITY_RUNS` sets how many; a failure prints its seed. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createHasher, type Resolution, resolve } from "../../collector/identity/index.ts";
import { anyLogs, SECRET, SETTINGS } from "./identity-history.ts";
import { resolveNaively } from "./identity-naive.ts";

const RUNS = Number(process.env.IDENTITY_RUNS ?? 400);

function byEvent({ placed, unattributed, excluded }: Resolution): { [event: string]: string } {
	return Object.fromEntries([
		...placed.map((item) => [`${item.stream} ${item.messageId}`, item.profileId]),
		...unattributed.map((item) => [`${item.stream} ${item.messageId}`, "unattributed"]),
		...excluded.map((item) => [`${item.stream} ${item.messageId}`, "excluded"]),
	]);
}

it("gives every event of a random history to the profile that a slow, separate reading of the rules gives it", () => {
	fc.assert(
		fc.property(anyLogs, (log) => {
			const wanted = Object.fromEntries(resolveNaively(log, createHasher(SECRET)));
			expect(byEvent(resolve(log, SETTINGS, SECRET))).toEqual(wanted);
		}),
		{ numRuns: RUNS },
	);
}, 3_600_000);
