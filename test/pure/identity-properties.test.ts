/** What holds of every history: `IDENTITY_RUNS` sets how many are tried; a failure prints its seed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	carriedNodes,
	comparePositions,
	createOwnerAt,
	createPlanner,
	cutTimeline,
	type DeviceAnswer,
	isErased,
	type LightEvent,
	ownerByPlan,
	type Resolution,
	readIdentifiers,
	readStatement,
	resolveClusters,
	type Statement,
	type Timeline,
} from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { answer, at, byEvent, hash, whole } from "./identity-answer.ts";
import { anyLogs, SETTINGS } from "./identity-history.ts";

const RUNS = { numRuns: Number(process.env.IDENTITY_RUNS ?? 200) };
const TIMEOUT_MS = 3_600_000;
const STATEMENTS = new Set<string>(["alias", "reset", "consent", "link", "unlink", "erase"]);

const without = (log: LoggedEvent[], ...types: string[]) => log.filter((event) => !types.includes(event.sent.type));
const idsOf = (event: LoggedEvent) => readIdentifiers(event, SETTINGS, hash);
const statementOf = (event: LoggedEvent) => readStatement(event, idsOf(event), SETTINGS, hash);

const shuffled = (log: LoggedEvent[]) =>
	fc.tuple(
		fc.shuffledSubarray(log, { minLength: log.length, maxLength: log.length }),
		fc.array(fc.constantFrom(...log), { maxLength: 10 }),
	);

/** The same history told of other people: nothing in it is an identifier of the first. */
function elsewhere(log: LoggedEvent[]): LoggedEvent[] {
	const text = JSON.stringify(log)
		.replaceAll(/"(dev-|u|mail|7|U)(\d)/g, '"other-$1$2')
		.replaceAll("+861391111", "+861392222")
		.replaceAll('"messageId":"m', '"messageId":"other-m');
	return JSON.parse(text) as LoggedEvent[];
}

/** The events of a timeline, ascending, of a history in which nobody spoke of consent. */
function lightsOf(timeline: Timeline, { placed }: Resolution): LightEvent[] {
	return placed
		.filter(({ stream }) => stream === timeline.key || timeline.devices.includes(stream))
		.map(({ event, stream, messageId }) => ({
			at: { t: event.timestamp, m: messageId, s: stream },
			nodes: idsOf(event).strong.map((id) => id.node),
			trust: event.trust,
		}))
		.sort((x, y) => comparePositions(x.at, y.at));
}

const isIn = ({ first, last }: Timeline["visits"][number], light: LightEvent) =>
	comparePositions(first, light.at) <= 0 && comparePositions(light.at, last) <= 0;

describe("any history", () => {
	it(
		"gives the same answer in every order and with every repeat",
		() => {
			fc.assert(
				fc.property(
					anyLogs.chain((log) => fc.tuple(fc.constant(log), shuffled(log))),
					([log, [other, repeats]]) => {
						expect(whole([...repeats, ...other])).toEqual(whole(log));
					},
				),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"puts each data event in exactly one of profile, unattributed and excluded",
		() => {
			fc.assert(
				fc.property(anyLogs, (log) => {
					// One kind of event to a messageId, so that no statement takes a data event's place as its copy.
					const own = log.map((event) =>
						STATEMENTS.has(event.sent.type)
							? { ...event, sent: { ...event.sent, messageId: `s${event.sent.messageId}` } }
							: event,
					);
					const { placed, unattributed, excluded } = answer(own);
					const keys = [...placed, ...unattributed, ...excluded].map((item) => `${item.stream} ${item.messageId}`);
					expect(new Set(keys).size).toBe(keys.length);
					expect(new Set(keys)).toEqual(new Set(Object.keys(byEvent(answer(without(own, ...STATEMENTS))))));
					expect(placed.every((item) => /^[\w-]{22}$/.test(item.profileId))).toBe(true);
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"is answered the same beside strangers' histories: components apart are components together",
		() => {
			fc.assert(
				fc.property(anyLogs, anyLogs, (one, strangers) => {
					const other = elsewhere(strangers);
					const apart = { ...byEvent(answer(one)), ...byEvent(answer(other)) };
					expect(byEvent(answer([...one, ...other]))).toEqual(apart);
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"after an erasure is what it would be without the erased events",
		() => {
			const refs = fc.constantFrom<{ [kind: string]: string }[]>(
				[{ userId: "u1" }],
				[{ anonymousId: "dev-1" }],
				[{ email: "mail1@x.cn" }, { "ext:crm": "71" }],
				[{ userId: "u1" }, { anonymousId: "dev-1" }, { email: "mail1@x.cn" }],
			);
			fc.assert(
				fc.property(anyLogs, refs, fc.integer({ min: 0, max: 700 }), (log, ids, when) => {
					const request = at(when, "erase!", { type: "erase", ids });
					const erasure = statementOf(request) as Extract<Statement, { kind: "erase" }>;
					const left = log.filter(
						(event) => !isErased([erasure], carriedNodes(event, idsOf(event), SETTINGS, hash), event.timestamp),
					);
					const withIt = answer([...log, request]);
					const never = answer(left);
					expect(withIt.placed).toEqual(never.placed);
					expect(withIt.unattributed).toEqual(never.unattributed);
					expect(withIt.registers).toEqual(never.registers);
					expect(withIt.clusters).toEqual(never.clusters);
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it.each([
		[
			"an alias",
			{ type: "alias" as const, userId: "u1", previousId: "u2" },
			{ type: "unlink" as const, ids: [{ userId: "u2" }, { userId: "u1" }] },
		],
		[
			"a link",
			{ type: "link" as const, anonymousId: "dev-1", previousId: "dev-2" },
			{ type: "unlink" as const, ids: [{ anonymousId: "dev-1" }, { anonymousId: "dev-2" }] },
		],
	])(
		"after %s that was undone is what it would be had nobody made it",
		(_name, made, undone) => {
			const minutes = fc.integer({ min: 0, max: 600 });
			fc.assert(
				fc.property(anyLogs, minutes, minutes, (log, when, later) => {
					// Where the history itself speaks of the pair, another word may be the last.
					const silent = without(log, "alias", "link", "unlink", "erase");
					const told = [...silent, at(when, "zz-made", made), at(when + later + 1, "zz-undone", undone)];
					expect(byEvent(answer(told))).toEqual(byEvent(answer(silent)));
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"has owners that the stored answer and each visit's plan alone give",
		() => {
			fc.assert(
				fc.property(anyLogs, (log) => {
					const resolution = answer(without(log, "consent"));
					const owners = byEvent(resolution);
					for (const timeline of resolution.timelines) {
						const told = JSON.parse(JSON.stringify(resolution.clusters.answers.get(timeline.key))) as DeviceAnswer;
						const stored = JSON.parse(JSON.stringify(timeline)) as Timeline;
						const planner = createPlanner(stored, told, hash);
						const ownerAt = createOwnerAt(stored, told, hash);
						for (const light of lightsOf(timeline, resolution)) {
							const visit = stored.visits.findIndex((candidate) => isIn(candidate, light));
							const plan = JSON.parse(JSON.stringify(planner(visit))) as ReturnType<typeof planner>;
							expect(ownerByPlan(plan, light)).toBe(owners[`${light.at.s} ${light.at.m}`]);
							expect(ownerAt(light)).toBe(owners[`${light.at.s} ${light.at.m}`]);
						}
					}
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);

	it(
		"has timelines that are the sum of their visits cut one by one, and answers that need no order of them",
		() => {
			fc.assert(
				fc.property(anyLogs, (log) => {
					const resolution = answer(without(log, "consent"));
					const { timelines, registers, clusters } = resolution;
					for (const timeline of timelines) {
						const lights = lightsOf(timeline, resolution);
						const resets = timeline.segments.flatMap(({ opensAt }) => opensAt ?? []);
						const visits = timeline.visits.flatMap(
							(visit) =>
								cutTimeline({ ...timeline, resets, lights: lights.filter((light) => isIn(visit, light)) }).visits,
						);
						expect({ ...timeline, visits }).toEqual(timeline);
					}
					expect(resolveClusters(timelines.toReversed(), registers.toReversed())).toEqual(clusters);
				}),
				RUNS,
			);
		},
		TIMEOUT_MS,
	);
});
