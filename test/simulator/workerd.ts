/**
 * `npm run sim:workerd -- [--histories N] [--seed S] [--kills K]`: random histories over HTTP against the built collector
 * on the real `workerd serve`, which is killed (-9) at random moments while they are sent and folded. Afterwards
 * `/v1/events` and `/v1/journeys` must say what the pure rules say of what was answered 200, to the touch id, and
 * the store must be what its own log says. `npm run build` first.
 *
 * All histories share one workspace and no identifier, so they are as many components.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { acceptEvents } from "../../collector/ingest/index.ts";
import { journeyRow } from "../../collector/journey/index.ts";
import type { LoggedEvent, Trust } from "../../collector/model.ts";
import { createAdminDoor } from "../../collector/node/admin-door.ts";
import { compareStore } from "../../collector/node/compare-store.ts";
import { replay, type WorkspaceConfig } from "../../collector/store/replay.ts";
import { makeTombstone } from "../../collector/store/tombstone.ts";
import { authorise, type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { makeHistory } from "./history.ts";
import { Random } from "./random.ts";

/** As the launcher creates it. */
const WORKSPACE = "main";
const CLIENTS = 6;
const AGENT = "simulator";
const SETTLE_MS_MAX = 300_000;
/** Public events may be 8 days old. */
const AGE_MS_MAX = 7 * 24 * 3_600_000;
const FAULTS_SHOWN = 10;

interface Batch {
	trust: Trust;
	events: (LoggedEvent["sent"] & { timestamp: string })[];
}

/** A history's batches, as clients would send them: with names of its own, in the last days, each key's events apart. */
function batchesOf(index: number, seed: number, now: number): Batch[] {
	const phone = `+86139${String(index).padStart(5, "0")}`;
	const text = JSON.stringify(makeHistory(new Random(seed)))
		.replaceAll(/"(device|user|crm|union)-/g, `"h${index}-$1-`)
		.replaceAll(/"mail(\d)@/g, `"h${index}-mail$1@`)
		.replaceAll(/\+861391111222(\d)/g, `${phone}22$1`)
		.replaceAll('"messageId":"', `"messageId":"h${index}-`);
	const steps = JSON.parse(text) as { events?: LoggedEvent[] }[];
	const events = steps.flatMap((step) => step.events ?? []);
	const last = Math.max(...events.map(({ timestamp }) => timestamp));
	const first = Math.min(...events.map(({ timestamp }) => timestamp));
	// A long history is squeezed rather than cut.
	const shrink = Math.max(1, (last - first) / AGE_MS_MAX);
	const move = (t: number) => Math.round(now - 60_000 - (last - t) / shrink);
	const isoTime = (t: number) => new Date(move(t)).toISOString();
	return steps.flatMap(({ events: step = [] }) =>
		(["public", "server"] as const).flatMap((trust) => {
			const own = step.filter((event) => event.trust === trust);
			const sent = own.map(({ sent: one, timestamp }) => ({
				...one,
				...(Array.isArray(one.slices) && {
					slices: one.slices.map((slice) => ({
						...slice,
						from: isoTime(Date.parse(slice.from)),
						to: isoTime(Date.parse(slice.to)),
					})),
				}),
				timestamp: isoTime(timestamp),
			}));
			return sent.length === 0 ? [] : [{ trust, events: sent }];
		}),
	);
}

class Run {
	readonly logged: LoggedEvent[] = [];
	kills = 0;
	private answered = 0;
	private readonly collector: RunningCollector;
	private readonly random: Random;
	private readonly killsMax: number;
	private nextKill: number;
	private readonly spacing: number;
	/** Settles when the collector runs again. */
	private running = Promise.resolve();

	constructor(collector: RunningCollector, random: Random, killsMax: number, batches: number) {
		this.collector = collector;
		this.random = random;
		this.killsMax = killsMax;
		this.spacing = Math.max(1, Math.floor((2 * batches) / (killsMax + 1)));
		this.nextKill = random.between(1, this.spacing);
	}

	/** Like a real client: the same batch until it is answered. */
	async deliver({ trust, events }: Batch): Promise<void> {
		const { url, keys } = this.collector;
		for (;;) {
			await this.running;
			try {
				const response = await fetch(`${url}/v1/batch`, {
					method: "POST",
					headers: { ...authorise(trust === "server" ? keys.secret : keys.write), "user-agent": AGENT },
					body: JSON.stringify({ batch: events }),
				});
				const answer = (await response.json()) as { receivedAt: string; rejected: unknown[] };
				if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
				const receivedAt = Date.parse(answer.receivedAt);
				const judged = acceptEvents(events, { receivedAt, trust, userAgent: AGENT });
				if (judged.rejected.length !== answer.rejected.length) throw new Error(JSON.stringify(answer.rejected));
				this.logged.push(...judged.accepted);
				break;
			} catch (error) {
				// A broken connection is what a kill looks like from outside; any other answer is a fault.
				if (!(error instanceof TypeError)) throw error;
			}
		}
		this.answered++;
		if (this.answered >= this.nextKill && this.kills < this.killsMax) this.kill();
	}

	/** At a random moment from now: while others are answered, and while what was answered is folded. */
	private kill(): void {
		this.kills++;
		this.nextKill = this.answered + this.random.between(1, this.spacing);
		const waitMs = this.random.pick([0, 20, 100, 400]);
		// After the kill before it: what was under way then may be answered, and count, meanwhile.
		this.running = this.running
			.then(() => new Promise<void>((resolve) => setTimeout(resolve, waitMs)))
			.then(() => this.collector.kill("SIGKILL"))
			.then(() => this.collector.restart());
	}

	async rest(): Promise<void> {
		await this.running;
		await this.collector.kill("SIGKILL");
		await this.collector.restart();
		await settle(this.collector.url, this.collector.keys.read, SETTLE_MS_MAX);
	}
}

/** What differs between what is shown over HTTP and what the rules say of the logged events. */
async function compareShown({ url, keys }: RunningCollector, logged: LoggedEvent[], config: WorkspaceConfig) {
	const { resolution, chains } = replay(logged, config, { bots: true });
	const wantedEvents = [
		...resolution.placed.map(({ messageId, profileId }) => `${messageId} is ${profileId}'s`),
		...resolution.unattributed.map(({ messageId }) => `${messageId} is nobody's`),
	];
	const rows = (await readRows<EventRow>(url, keys.read, "/v1/events")).filter(({ type }) => DATA.has(type));
	const shownEvents = rows.map(({ messageId, profileId }) => `${messageId} is ${profileId ?? "nobody"}'s`);
	const line = ({ profileId, identities, traits, stage, touchpoints }: Shown) =>
		JSON.stringify([profileId, identities, traits, stage, touchpoints.map(({ id }) => id)]);
	const wantedChains = [...chains].map(([profileId, chain]) => line(journeyRow(profileId, chain) as unknown as Shown));
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

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { histories: { type: "string" }, seed: { type: "string" }, kills: { type: "string" } },
	});
	const histories = Number(values.histories ?? 300);
	const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
	const killsMax = Number(values.kills ?? 20);
	console.log(`${histories} histories from seed ${seed}, ${killsMax} kills`);
	const begun = performance.now();
	const random = new Random(seed);
	const now = Date.now();
	const queues = Array.from({ length: histories }, (_, index) => batchesOf(index, seed + index, now));
	const collector = await startCollector();
	const scratch = await mkdtemp(join(tmpdir(), "strand-sim-"));
	try {
		const run = new Run(
			collector,
			random,
			killsMax,
			queues.reduce((sum, queue) => sum + queue.length, 0),
		);
		const clients = Array.from({ length: CLIENTS }, async () => {
			for (let queue = queues.pop(); queue !== undefined; queue = queues.pop()) {
				for (const batch of queue) await run.deliver(batch);
			}
		});
		await Promise.all(clients);
		await run.rest();
		const { adminToken, workspaceSecret } = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as {
			adminToken: string;
			workspaceSecret: string;
		};
		const door = createAdminDoor(collector.url, adminToken, WORKSPACE);
		const config: WorkspaceConfig = { ...(await door.read()).config, secret: `${workspaceSecret}\n${WORKSPACE}` };
		const logged = run.logged.map((event) => makeTombstone(event, config));
		const faults = [
			...(await compareShown(collector, logged, config)),
			...(await compareStore(door, WORKSPACE, workspaceSecret, scratch)).faults,
		];
		for (const fault of faults.slice(0, FAULTS_SHOWN)) console.error(fault.slice(0, 2000));
		const seconds = ((performance.now() - begun) / 1000).toFixed(1);
		console.log(
			`${faults.length === 0 ? "all right" : `${faults.length} faults`}: ${histories} histories, ${logged.length} events answered for, ${run.kills + 1} kills, ${seconds} s`,
		);
		process.exitCode = faults.length === 0 ? 0 : 1;
	} finally {
		await rm(scratch, { recursive: true, force: true });
		await collector.stop();
	}
}

await main();
