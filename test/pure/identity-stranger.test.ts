/**
 * Whatever a stranger adds with the public key to whatever servers said, the people whom servers know stay
 * whole: no event of theirs is lost to them, and no two of them become one. `IDENTITY_RUNS` sets how many histories
 * are tried; a failure prints its seed.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDevice, type Resolution, readIdentifiers } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { answer, byEvent, hash } from "./identity-answer.ts";
import { anyLogs, SETTINGS } from "./identity-history.ts";

const TIMEOUT_MS = 3_600_000;
const RUNS = { numRuns: Number(process.env.IDENTITY_RUNS ?? 300) };

/**
 * Without `unlink`s of a userId and a device (rule 15): there a stranger who ties the userId to a lead that a server
 * saw on that very device makes the lead's claims on it count no more for its anonymous events.
 */
const byServers = anyLogs.map((log) =>
	log
		.filter(({ sent }) => sent.type !== "unlink" || !JSON.stringify(sent.ids).includes("anonymousId"))
		.map((event): LoggedEvent => ({ ...event, trust: "server" })),
);

/**
 * The stranger knows every userId, mail, phone and messageId, and says of them whatever can be said, at any time. He
 * has devices of his own, as many as he likes: a customer's `anonymousId` never leaves the customer's browser.
 */
const byStranger = anyLogs.map((log) =>
	(JSON.parse(JSON.stringify(log).replaceAll('"dev-', '"his-')) as LoggedEvent[]).map(
		(event): LoggedEvent => ({ ...event, trust: "public" }),
	),
);

const idsOf = (event: LoggedEvent) => readIdentifiers(event, SETTINGS, hash);

/** Profiles of people whom servers know by more than one identifier each; all that joins is a server's here. */
function vouchedProfiles({ clusters }: Resolution): Map<string, string> {
	const ends = clusters.links.flatMap(({ a, b }) => [a, b]);
	return new Map(ends.map((node) => [node, clusters.profileOf.get(node) as string]));
}

describe("a stranger with the public key", () => {
	it(
		"excludes and parts no event of people whom servers know, nor of an identifier that a server named",
		() => {
			fc.assert(
				fc.property(byServers, byStranger, (said, forged) => {
					const resolution = answer(said);
					const vouched = new Set(vouchedProfiles(resolution).values());
					const after = byEvent(answer([...said, ...forged]));
					const heir = new Map<string, string>();
					for (const { stream, messageId, profileId, event } of resolution.placed) {
						const now = after[`${stream} ${messageId}`] as string;
						expect(["excluded", "unattributed"]).not.toContain(now);
						// Whose an anonymous event is may hang on a lead whom servers know by one identifier only.
						const isNamed = event.sent.type !== "group" && idsOf(event).strong.length > 0;
						if (!isNamed && !vouched.has(profileId)) continue;
						if (!heir.has(profileId)) heir.set(profileId, now);
						expect(now).toBe(heir.get(profileId));
					}
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"makes no two people one whom servers know by more than one identifier each",
		() => {
			fc.assert(
				fc.property(byServers, byStranger, (said, forged) => {
					const before = vouchedProfiles(answer(said));
					const { clusters } = answer([...said, ...forged]);
					const people = new Map<string, string>();
					for (const [node, profile] of before) {
						const now = clusters.profileOf.get(node) as string;
						if (!people.has(now)) people.set(now, profile);
						expect(people.get(now)).toBe(profile);
					}
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"changes nothing that servers settled between them: shared, contested, parted",
		() => {
			fc.assert(
				fc.property(byServers, byStranger, (said, forged) => {
					const before = answer(said).clusters;
					const after = answer([...said, ...forged]).clusters;
					const vouched = [...before.profileOf.keys()].filter((node) => !isDevice(node));
					const contested = (clusters: typeof before) => vouched.filter((node) => clusters.contested.has(node));
					expect(contested(after)).toEqual(contested(before));
					for (const { a, b } of before.refusals) {
						expect(after.profileOf.get(a) === after.profileOf.get(b)).toBe(false);
					}
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);
});
