/** The simulator's histories hold what they are there to try: a rule that no history meets would be held to nothing. */
import { expect, it } from "vitest";
import { resolve } from "../../collector/identity/index.ts";
import { STATEMENT_TYPES } from "../../sdk/wire.ts";
import { playOf } from "../simulator/run.ts";

const HISTORIES = 400;

it("meets every statement, both kinds of trust, every fault and every hard case of the rules, in many histories", () => {
	const met = new Map<string, number>();
	for (let seed = 1; seed <= HISTORIES; seed++) {
		const { steps, settings } = playOf(seed);
		const events = steps.flatMap((step) => ("events" in step ? step.events : []));
		const { placed, excluded, unattributed, timelines, clusters, registers } = resolve(
			events,
			{ phoneRegion: "CN", blocked: [] },
			"scenes",
		);
		const answers = [...clusters.answers.values()];
		const texts = events.map((event) => JSON.stringify(event));
		const streamsOf = Map.groupBy(placed, ({ messageId }) => messageId);
		const channels = new Set(events.map(({ sent }) => sent.channel).filter((channel) => channel !== undefined));
		const scenes: { [scene: string]: boolean } = {
			...Object.fromEntries(STATEMENT_TYPES.map((type) => [type, events.some(({ sent }) => sent.type === type)])),
			"public and server": new Set(events.map(({ trust }) => trust)).size === 2,
			"three channels": channels.size >= 3,
			"an event late": events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0)),
			"an event twice": new Set(texts).size < texts.length,
			"one messageId in two streams": [...streamsOf.values()].some((list) => list.length > 1),
			"one messageId in two streams of one person": [...streamsOf.values()].some(
				(list) => new Set(list.map(({ profileId }) => profileId)).size < list.length,
			),
			"linked devices": timelines.some(({ devices }) => devices.length > 1),
			"a shared device": answers.some(({ shared }) => shared),
			"a user off a device": answers.some(({ ignored }) => ignored.length > 0),
			"an alias of a device": answers.some(({ aliasClaims }) => aliasClaims.length > 0),
			"a shared identifier": clusters.sharedNodes.size > 0,
			"a contested identifier": clusters.contested.size > 0,
			"a complement": clusters.links.some(({ rule }) => rule === "complement"),
			"a pair parted": registers.some(({ kind }) => kind === "unlink"),
			...Object.fromEntries(
				["unlinked", "two_user_ids", "both_vouched"].map((reason) => [
					`refused: ${reason}`,
					clusters.refusals.some((refusal) => refusal.reason === reason),
				]),
			),
			"an event excluded": excluded.length > 0,
			"an event of nobody": unattributed.length > 0,
			...Object.fromEntries(Object.entries(settings.faults).map(([fault, rate]) => [`fault: ${fault}`, rate > 0])),
		};
		for (const [scene, isMet] of Object.entries(scenes)) met.set(scene, (met.get(scene) ?? 0) + Number(isMet));
	}
	expect([...met].filter(([, count]) => count < HISTORIES / 80)).toEqual([]);
	expect(met.size).toBeGreaterThan(30);
});
