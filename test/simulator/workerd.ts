/**
 * `npm run sim:workerd -- [--histories N] [--seed S] [--kills K]`: random histories over HTTP against the built collector
 * on the real `workerd serve`, which is killed (-9) at random moments while they are sent and folded. Afterwards
 * `/v1/events` and `/v1/journeys` must say what the pure rules say of what was answered 200, to the touch id, and
 * the store must be what its own log says: it prints whether they do. `npm run build` first.
 *
 * A third of the histories are played in another workspace, where people of whom nothing was heard for days are forgotten: the limit is
 * set, and lowered once, with kills while they go.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cutAt } from "../../collector/identity/index.ts";
import { assembleChain, journeyRow } from "../../collector/journey/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { type AdminDoor, createAdminDoor } from "../../collector/node/admin-door.ts";
import { compareStore } from "../../collector/node/compare-store.ts";
import type { WorkspaceConfig } from "../../collector/store/config.ts";
import { makeTombstone } from "../../collector/store/tombstone.ts";
import { type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { Random } from "./random.ts";
import { referenceOf } from "./reference.ts";
import { type Batch, batchesOf, type IdleBatches, idleBatchesOf } from "./workerd-histories.ts";
import { type Limits, Run } from "./workerd-run.ts";

/** As the launcher creates it. */
const WORKSPACE = "main";
const FAULTS_SHOWN = 10;
const IDLE_SHARE = 1 / 3;

/** By the second, what came later has become old in part. */
const LIMITS: readonly [Limits, Limits] = [
	{ retentionDays: 2, idleDays: 3 },
	{ retentionDays: 1, idleDays: 2 },
];

/** What differs between what is shown over HTTP and what the rules say of the logged events. */
async function compareShown({ url, keys }: RunningCollector, logged: LoggedEvent[], config: WorkspaceConfig) {
	const cut = cutAt(Date.now(), config.settings.retentionDays);
	const { resolution, pieces } = referenceOf(logged, config, cut);
	const isShown = ({ event }: { event: LoggedEvent }) => event.timestamp >= cut;
	const wantedEvents = [
		...resolution.placed.filter(isShown).map(({ messageId, profileId }) => `${messageId} is ${profileId}'s`),
		...resolution.unattributed.filter(isShown).map(({ messageId }) => `${messageId} is nobody's`),
	];
	const rows = (await readRows<EventRow>(url, keys.read, "/v1/events")).filter(({ type }) => DATA.has(type));
	const shownEvents = rows.map(({ messageId, profileId }) => `${messageId} is ${profileId ?? "nobody"}'s`);
	const line = ({ profileId, identities, traits, stage, touchpoints }: Shown) =>
		JSON.stringify([profileId, identities, traits, stage, touchpoints.map(({ id }) => id)]);
	const wantedChains = [...pieces].map(([profileId, own]) =>
		line(journeyRow(profileId, assembleChain(own, { bots: true })) as unknown as Shown),
	);
	const journeys = await readRows<Shown>(url, keys.read, "/v1/journeys?bots=1");
	return [
		...differences("events", shownEvents, wantedEvents),
		...differences("journeys", journeys.map(line), wantedChains),
	];
}

type Shown = JourneyRow & { traits: unknown; stage: unknown };
const DATA = new Set(["page", "screen", "track", "identify", "group", "touch"]);

function differences(what: string, shown: string[], wanted: string[]): string[] {
	const left = Map.groupBy(wanted, (one) => one);
	const extra = shown.filter((one) => left.get(one)?.pop() === undefined);
	const missing = [...left.values()].flat();
	return [...extra.map((one) => `${what}: shown ${one}`), ...missing.map((one) => `${what}: missing ${one}`)];
}

/** A collector of its own for some histories. */
async function withCollector(play: (stage: Stage) => Promise<void>): Promise<void> {
	const collector = await startCollector();
	const scratch = await mkdtemp(join(tmpdir(), "strand-sim-"));
	try {
		const admin = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as Admin;
		const door = createAdminDoor(collector.url, admin.adminToken, WORKSPACE);
		await play({ collector, scratch, door, secret: admin.workspaceSecret });
	} finally {
		await rm(scratch, { recursive: true, force: true });
		await collector.stop();
	}
}

interface Admin {
	adminToken: string;
	workspaceSecret: string;
}

interface Stage {
	collector: RunningCollector;
	scratch: string;
	door: AdminDoor;
	secret: string;
}

async function readConfig({ door, secret }: Stage): Promise<WorkspaceConfig> {
	return { ...(await door.read()).config, secret: `${secret}\n${WORKSPACE}` };
}

async function findFaults(stage: Stage, run: Run): Promise<string[]> {
	const config = await readConfig(stage);
	const logged = run.logged.map((event) => makeTombstone(event, config));
	return [
		...(await findUnforgotten(stage.door, logged, config)),
		...(await compareShown(stage.collector, logged, config)),
		...(await compareStore(stage.door, WORKSPACE, stage.secret, stage.scratch)).faults,
	];
}

/** What lies in the log that should not: of it nothing may be shown any more, so that nothing else tells. */
async function findUnforgotten(door: AdminDoor, logged: LoggedEvent[], config: WorkspaceConfig): Promise<string[]> {
	const left = new Set(logged.map(({ sent }) => sent.messageId));
	const faults: string[] = [];
	for await (const { sent } of door.log(config.streamShards))
		if (!left.has(sent.messageId)) faults.push(`log: holds ${sent.messageId}, which is to be forgotten`);
	return faults;
}

async function playHistories(stage: Stage, run: Run, queues: Batch[][]): Promise<string[]> {
	await run.deliverAll(queues);
	return findFaults(stage, run);
}

async function playIdleHistories(stage: Stage, run: Run, histories: IdleBatches[]): Promise<string[]> {
	const day = cutAt(Date.now(), 0);
	const faults: string[] = [];
	for (const [turn, limits] of LIMITS.entries()) {
		await run.deliverAll(histories.map(({ before, after }) => (turn === 0 ? before : after)));
		await run.limit(limits);
		run.forget(await readConfig(stage));
		faults.push(...(await findFaults(stage, run)));
		if (cutAt(Date.now(), 0) !== day)
			throw new Error("it is past midnight UTC, and the limit has moved by itself: run it again");
	}
	return faults;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { histories: { type: "string" }, seed: { type: "string" }, kills: { type: "string" } },
	});
	const histories = Number(values.histories ?? 300);
	const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
	const killsMax = Number(values.kills ?? 20);
	const idleHistories = Math.floor(histories * IDLE_SHARE);
	console.log(
		`${histories} histories from seed ${seed}, ${idleHistories} of them of people who are forgotten; ${killsMax} kills and more`,
	);
	const begun = performance.now();
	const random = new Random(seed);
	const now = Date.now();
	const queues = Array.from({ length: histories - idleHistories }, (_, index) => batchesOf(index, seed + index, now));
	const idle: IdleBatches[] = [];
	for (let next = seed + queues.length; idle.length < idleHistories; next++) {
		const batches = idleBatchesOf(idle.length, next, now);
		if (batches !== null) idle.push(batches);
	}
	let [faults, kills, events, forgotten] = [0, 0, 0, 0];
	const play = (own: (stage: Stage, run: Run) => Promise<string[]>, killsShare: number) =>
		withCollector(async (stage) => {
			const run = new Run(stage.collector, random, Math.ceil(killsMax * killsShare));
			const found = await own(stage, run);
			for (const fault of found.slice(0, FAULTS_SHOWN)) console.error(fault.slice(0, 2000));
			faults += found.length;
			kills += run.kills;
			events += run.answeredEvents;
			forgotten += run.forgotten;
		});
	await play((stage, run) => playHistories(stage, run, queues), 1 - IDLE_SHARE);
	if (idle.length > 0) await play((stage, run) => playIdleHistories(stage, run, idle), IDLE_SHARE / LIMITS.length);
	const seconds = ((performance.now() - begun) / 1000).toFixed(1);
	console.log(
		`${faults === 0 ? "all right" : `${faults} faults`}: ${histories} histories, ${events} events answered for, ${forgotten} of them forgotten, ${kills} kills, ${seconds} s`,
	);
	process.exitCode = faults === 0 ? 0 : 1;
}

await main();
