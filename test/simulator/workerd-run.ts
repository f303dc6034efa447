/** The senders of histories, and the crashes of the collector that they send to. */
import { cutAt } from "../../collector/identity/index.ts";
import { acceptEvents } from "../../collector/ingest/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import type { WorkspaceConfig } from "../../collector/store/config.ts";
import { makeTombstone } from "../../collector/store/tombstone.ts";
import { authorise } from "../support/api.ts";
import { type RunningCollector, settle } from "../support/collector.ts";
import { eventually } from "../support/eventually.ts";
import { findForgottenCopies } from "./forgotten.ts";
import type { Random } from "./random.ts";
import type { Batch } from "./workerd-histories.ts";

const CLIENTS = 6;
const AGENT = "simulator";
const SETTLE_MS_MAX = 300_000;
/** While what lies beyond a limit goes. */
const KILLS_A_LIMIT = 3;

export interface Limits {
	retentionDays: number;
	idleDays: number;
}

export class Run {
	/** What is not forgotten of what was answered 200. */
	logged: LoggedEvent[] = [];
	answeredEvents = 0;
	forgotten = 0;
	kills = 0;
	private limits: Limits | null = null;
	/** While something is delivered. */
	private killsDone = 0;
	private answered = 0;
	private readonly collector: RunningCollector;
	private readonly random: Random;
	private readonly killsMax: number;
	private nextKill = 0;
	private spacing = 1;
	/** Settles when the collector runs again. */
	private running = Promise.resolve();

	constructor(collector: RunningCollector, random: Random, killsMax: number) {
		this.collector = collector;
		this.random = random;
		this.killsMax = killsMax;
	}

	/** @param queues each history's batches, one after the other; histories beside each other */
	async deliverAll(queues: readonly Batch[][]): Promise<void> {
		const batches = queues.reduce((sum, queue) => sum + queue.length, 0);
		this.spacing = Math.max(1, Math.floor((2 * batches) / (this.killsMax + 1)));
		this.nextKill = this.answered + this.random.between(1, this.spacing);
		const left = [...queues];
		const clients = Array.from({ length: CLIENTS }, async () => {
			for (let queue = left.pop(); queue !== undefined; queue = left.pop()) {
				for (const batch of queue) await this.deliver(batch);
			}
		});
		await Promise.all(clients);
		await this.rest();
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
				const contentFrom = cutAt(receivedAt, this.limits?.retentionDays ?? null);
				const judged = acceptEvents(events, { receivedAt, trust, userAgent: AGENT, contentFrom });
				if (judged.rejected.length !== answer.rejected.length) throw new Error(JSON.stringify(answer.rejected));
				this.logged.push(...judged.accepted);
				this.answeredEvents += judged.accepted.length;
				break;
			} catch (error) {
				// A broken connection is what a kill looks like from outside; any other answer is a fault.
				if (!(error instanceof TypeError)) throw error;
			}
		}
		this.answered++;
		if (this.answered >= this.nextKill && this.killsDone < this.killsMax) this.kill();
	}

	/** At a random moment from now: while others are answered, and while what was answered is folded. */
	private kill(): void {
		this.killsDone++;
		this.nextKill = this.answered + this.random.between(1, this.spacing);
		const waitMs = this.random.pick([0, 20, 100, 400]);
		// After the kill before it: what was under way then may be answered, and count, meanwhile.
		this.running = this.running
			.then(() => new Promise<void>((resolve) => setTimeout(resolve, waitMs)))
			.then(() => this.crash());
	}

	private async rest(): Promise<void> {
		await this.running;
		await this.crash();
		await settle(this.collector.url, this.collector.keys.read, SETTLE_MS_MAX);
	}

	private async crash(): Promise<void> {
		this.kills++;
		await this.collector.kill("SIGKILL");
		await this.collector.restart();
	}

	/** Limits how long people are kept, and waits until all has gone that lies beyond. */
	async limit(limits: Limits): Promise<void> {
		const { url, keys } = this.collector;
		this.limits = limits;
		const headers = authorise(keys.secret);
		const answer = await fetch(`${url}/v1/settings`, { method: "PUT", headers, body: JSON.stringify(limits) });
		if (answer.status !== 200) throw new Error(await answer.text());
		for (let kill = 0; kill < KILLS_A_LIMIT; kill++) {
			const waitMs = this.random.pick([0, 20, 100, 400, 1_500]);
			await new Promise((resolve) => setTimeout(resolve, waitMs));
			await this.crash();
		}
		await eventually(async () => {
			const status = await (await fetch(`${url}/v1/status`, { headers: authorise(keys.read) })).json();
			const { pending, aging } = status as { pending: number; aging: number };
			return pending === 0 && aging === 0;
		}, SETTLE_MS_MAX);
	}

	/** What the limit takes is as if it had never been logged. */
	forget(config: WorkspaceConfig): void {
		const logged = this.logged.map((event) => makeTombstone(event, config));
		const gone = findForgottenCopies(logged, config, cutAt(Date.now(), config.settings.idleDays));
		this.forgotten += gone.size;
		this.logged = logged.filter((event) => !gone.has(event));
	}
}
