/** One history from its seed: what happens, what came of it, and the smallest history that still fails. */
import type { LoggedEvent } from "../../collector/model.ts";
import { findFaults } from "./check.ts";
import { makeHistory } from "./history.ts";
import { type Faults, NO_FAULTS } from "./network.ts";
import { Random } from "./random.ts";
import { STATEMENTS, type Step, World, type WorldSettings } from "./world.ts";

const DAY_MS = 24 * 3600_000;

export interface Play {
	settings: WorldSettings;
	steps: Step[];
}

export function playOf(seed: number): Play {
	const random = new Random(seed);
	const history = makeHistory(random);
	const ages = new Random(seed * 2 + 1);
	const idle = ages.chance(0.2) ? addIdleness(history, ages) : null;
	const isIdle = idle !== null && !partsDevices(idle) && !hasOldTwins(idle);
	const steps = isIdle ? idle : addAges(history, ages);
	return { steps, settings: settingsOf(seed, random) };
}

/**
 * In some histories the workspace has a limit of age, which falls among what is sent or beyond it, and days pass: before, between and
 * after batches, or, with old twins, when all that was sent has come to rest. Never a higher limit than before: what goes then depends
 * on which streams were looked at in time.
 */
function addAges(steps: Step[], random: Random): Step[] {
	if (random.chance(0.7)) return steps;
	const mustRest = hasOldTwins(steps);
	const aged: Step[] = mustRest ? [...steps, { rest: true }] : [...steps];
	const at = mustRest ? aged.length : random.below(aged.length + 1);
	aged.splice(at, 0, { retentionDays: random.between(78, 86) });
	for (let times = random.below(4); times > 0; times--) {
		aged.splice(random.between(at + 1, aged.length), 0, { days: random.between(1, 4) });
	}
	// Then every stream is read anew, from what its unlike copies have left.
	if (mustRest) aged.push({ rest: true }, { currency: "CHF" });
	return aged;
}

/**
 * People are not heard of for days, and some come back. The limit moves while all is at rest: what is forgotten depends on what is
 * known then.
 */
function addIdleness(steps: Step[], random: Random): Step[] {
	const retentionDays = random.between(78, 83);
	const idle: Step[] = [];
	let shiftMs = 0;
	const cuts = new Set([random.below(steps.length + 1), random.below(steps.length + 1)]);
	for (const [index, step] of [...steps, { rest: true } as const].entries()) {
		if (cuts.has(index)) {
			if (shiftMs === 0) idle.push({ rest: true }, { retentionDays, idleDays: retentionDays + random.below(3) });
			idle.push({ rest: true }, { days: random.pick([1, 2, 20]) }, { rest: true });
			shiftMs += random.between(10, 25) * DAY_MS;
		}
		const isLate = random.chance(0.2);
		if (!("events" in step) || isLate) idle.push(step);
		else idle.push({ events: step.events.map((event) => shift(event, shiftMs)) });
	}
	return [...idle, { rest: true }, { days: random.between(1, 20) }, { rest: true }];
}

function shift(event: LoggedEvent, ms: number): LoggedEvent {
	return { ...event, timestamp: event.timestamp + ms, receivedAt: event.receivedAt + ms };
}

/** An unlink of a device may be all that ties the device to anybody: then the store keeps it or not, and no chain can tell. */
export function partsDevices(steps: readonly Step[]): boolean {
	return steps
		.flatMap((step) => ("events" in step ? step.events : []))
		.some(({ sent }) => sent.type === "unlink" && JSON.stringify(sent).includes("anonymousId"));
}

/**
 * Whether an id is used on two days, or by a statement and something else. Of a forgotten event the store cannot know that a new one
 * of its id is none; and a statement comes however old it is, when of an unlike event of its id the content is gone that tells which
 * of the two counts.
 */
export function hasOldTwins(steps: readonly Step[]): boolean {
	const uses = new Map<string, string>();
	return steps
		.flatMap((step) => ("events" in step ? step.events : []))
		.some(({ sent, timestamp }) => {
			const use = `${Math.floor(timestamp / DAY_MS)} ${STATEMENTS.has(sent.type) ? JSON.stringify(sent) : ""}`;
			const other = uses.get(sent.messageId);
			uses.set(sent.messageId, use);
			return other !== undefined && other !== use;
		});
}

function settingsOf(seed: number, random: Random): WorldSettings {
	return {
		seed: seed + 1,
		streamShards: 3,
		profileShards: random.between(2, 3),
		faults: random.chance(0.15) ? NO_FAULTS : faultsOf(random),
		oneAtATime: random.chance(0.1),
		limits: {
			stream: random.chance(0.4)
				? {}
				: {
						windowEventsMax: random.pick([1, 2, 4]),
						recentMax: random.pick([1, 4]),
						bucketHashesMax: 6,
						openWindowsMin: random.pick([1, 2, 16]),
						archivePageWindows: random.pick([1, 2]),
						roundRowsMax: random.pick([1, 3]),
						roundEventsMax: 6,
						roundAnswersMax: random.pick([1, 3]),
						roundRefoldMax: 1,
						agedEventsMax: random.pick([1, 5]),
						agedHeadsMax: 2,
						agedStreamsMax: 1,
					},
			graph: {
				marksMax: random.pick([1, 3, 500]),
				...(random.chance(0.2) && { claimsMax: random.pick([0, 3, 10]) }),
				...(random.chance(0.3) && { claimsAtOnceMax: random.pick([0, 2, 5]) }),
			},
			// So few that a history writes receipts often, and lives begin between two writings.
			receiptsEvery: 4,
		},
	};
}

function faultsOf(random: Random): Faults {
	const often = random.pick([0.01, 0.05, 0.15]);
	const rate = () => (random.chance(0.3) ? 0 : often);
	return {
		lost: rate(),
		late: rate(),
		twice: rate(),
		unanswered: rate(),
		stop: rate(),
		alarmTwice: 0.2,
		unreadable: random.chance(0.3) ? 0.05 : 0,
		unpoked: random.pick([0, 0.3, 1]),
	};
}

export interface Outcome {
	faults: string[];
	events: number;
	/** Copies that the limit of idle days took. */
	forgotten: number;
	steps: number;
}

export async function run({ settings, steps }: Play): Promise<Outcome> {
	const world = new World(settings);
	try {
		await world.play(steps, { isAsked: true });
		const { logged, forgotten, network } = world;
		return { faults: findFaults(world), events: logged.length, forgotten, steps: network.scheduler.steps };
	} catch (error) {
		return { faults: [`thrown: ${error instanceof Error ? error.stack : error}`], events: 0, forgotten: 0, steps: 0 };
	} finally {
		world.close();
	}
}

/** Schedules tried on each smaller history: a schedule's seed means another course when a step is gone. */
const SCHEDULES_TRIED = 12;

/** Drops events and faults greedily while some schedule still fails. */
export async function shrink(play: Play): Promise<Play> {
	let best = play;
	const attempt = async (smaller: Play): Promise<boolean> => {
		for (let schedule = 0; schedule < SCHEDULES_TRIED; schedule++) {
			const tried = { ...smaller, settings: { ...smaller.settings, seed: play.settings.seed + schedule } };
			if ((await run(tried)).faults.length === 0) continue;
			best = tried;
			return true;
		}
		return false;
	};
	await attempt({ ...best, settings: { ...best.settings, faults: NO_FAULTS } });
	for (const key of Object.keys(best.settings.faults) as (keyof Faults)[]) {
		if (best.settings.faults[key] > 0)
			await attempt({ ...best, settings: { ...best.settings, faults: { ...best.settings.faults, [key]: 0 } } });
	}
	await attempt({ ...best, settings: { ...best.settings, limits: { stream: {}, graph: {} } } });
	// The limit of idle days moves at rest only.
	const isIdle = play.steps.some((step) => "idleDays" in step);
	const isFixed = (step: Step) => isIdle && !("events" in step);
	for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
		for (let at = best.steps.length - size; at >= 0; at -= size) {
			const steps = best.steps.filter((step, index) => index < at || index >= at + size || isFixed(step));
			if (steps.length < best.steps.length) await attempt({ ...best, steps });
		}
	}
	for (let at = best.steps.length - 1; at >= 0; at--) {
		const step = best.steps[at];
		if (step === undefined || !("events" in step)) continue;
		for (let index = step.events.length - 1; index >= 0; index--) {
			const current = best.steps[at];
			if (current === undefined || !("events" in current) || current.events.length === 1) break;
			await attempt({ ...best, steps: best.steps.with(at, { events: current.events.toSpliced(index, 1) }) });
		}
	}
	return best;
}
