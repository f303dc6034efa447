/**
 * A whole workspace under the scheduler: the collector's three kinds of object over their ports,
 * and senders that repeat a batch until it is answered for.
 */
import {
	createHasher,
	createReadField,
	cutAt,
	type IdentitySettings,
	readIdentifiers,
	rememberFields,
	streamOf,
} from "../../collector/identity/index.ts";
import { DEFAULT_JOURNEY_SETTINGS } from "../../collector/journey/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { NO_SLOT, type Segment } from "../../collector/store/codec.ts";
import type { WorkspaceConfig, WorkspaceSettings } from "../../collector/store/config.ts";
import { IdentityGraph } from "../../collector/store/identity-graph/identity-graph.ts";
import type { GraphLimits } from "../../collector/store/identity-graph/recompute.ts";
import type { Envelope } from "../../collector/store/links.ts";
import type {
	AnswersBody,
	ClaimsBody,
	GraphDoor,
	PiecesBody,
	ProfileDoor,
	StreamDoor,
} from "../../collector/store/messages.ts";
import { packEvents } from "../../collector/store/pack-events.ts";
import type { Alarm, Peers } from "../../collector/store/ports.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { shardIndex } from "../../collector/store/sharding.ts";
import { StreamShard } from "../../collector/store/stream-shard/stream-shard.ts";
import { STATEMENT_TYPES } from "../../sdk/wire.ts";
import { findForgottenCopies } from "./forgotten.ts";
import { type Faults, Host, type Instance, Network, NO_FAULTS } from "./network.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import type { Life } from "./sqlite.ts";

export interface WorldSettings {
	seed: number;
	streamShards: number;
	profileShards: number;
	/** Of the schedule. */
	faults: Faults;
	/** The world settles before each batch. */
	oneAtATime: boolean;
	limits: { stream: StreamLimits; graph: Partial<GraphLimits>; receiptsEvery?: number };
}

type StreamLimits = ConstructorParameters<typeof StreamShard>[4];

/** One batch, a change of the workspace's settings, days in which nobody sends anything, or that all so far comes to rest. */
export type Step =
	| { events: LoggedEvent[] }
	| { currency: string }
	| { retentionDays: number; idleDays?: number }
	| { days: number }
	| { rest: true };

/** What a sender hands over for one shard. */
interface Batch {
	segments: { stream: string; events: LoggedEvent[] }[];
}

export const STATEMENTS: ReadonlySet<string> = new Set(STATEMENT_TYPES);
const DAY_MS = 24 * 3600_000;
/** At rest nothing is due so soon; what is to be done each day is no unrest. */
const REST_MS = 3600_000;

/** Small, so that counts stop half-way and are taken up again by another life. */
const TWIN_LIMITS = { countedMax: 5, unwrittenMax: 3 };
const SECRET = "the simulator's secret";
const IDENTITY: IdentitySettings = { phoneRegion: "CN", blocked: [] };
const hash = createHasher(SECRET);
/** Histories name few: it grows no further. */
const readField = rememberFields(createReadField(IDENTITY, hash));

export class World {
	readonly network: Network;
	readonly config: WorkspaceConfig;
	/** Every copy that lies in some log, once for each time that it was logged. */
	readonly logged: { shard: number; event: LoggedEvent }[] = [];
	/** What objects reported that no fault of the network explains. */
	readonly errors: unknown[] = [];
	readonly streams = new Map<number, StreamShard>();
	readonly profiles = new Map<number, ProfileShard>();
	graph: IdentityGraph | null = null;
	/** The limit of idle days up to which copies were taken from `logged`, ms. */
	private forgottenTo = 0;
	/** Copies that the limit of idle days took. */
	forgotten = 0;
	private readonly scheduler: Scheduler;
	private readonly random: Random;
	private readonly settings: WorldSettings;
	private open = 0;
	private horizonMs = Number.POSITIVE_INFINITY;

	constructor(settings: WorldSettings) {
		this.settings = settings;
		this.random = new Random(settings.seed);
		this.scheduler = new Scheduler(this.random);
		this.network = new Network(this.random, this.scheduler);
		this.config = {
			workspace: "simulated",
			secret: SECRET,
			streamShards: settings.streamShards,
			profileShards: settings.profileShards,
			settingsVersion: 1,
			settings: {
				identity: IDENTITY,
				journey: DEFAULT_JOURNEY_SETTINGS,
				timeZone: "Asia/Shanghai",
				backlogEventsMax: 1_000_000,
				retentionDays: null,
				idleDays: null,
			},
		};
		this.addHost("graph", (host, life) => this.beginGraph(host, life));
		for (let index = 0; index < settings.streamShards; index++) {
			this.addHost(`stream/${index}`, (host, life) => this.beginStream(host, life, index));
		}
		for (let index = 0; index < settings.profileShards; index++) {
			this.addHost(`profile/${index}`, (host, life) => this.beginProfile(host, life, index));
		}
		this.network.host("graph").instance();
		this.graph?.create(this.config);
	}

	/**
	 * Plays all steps, then lets everything come to rest without faults.
	 * @param isAsked whether somebody reads the status after each step
	 */
	async play(steps: readonly Step[], { isAsked = false } = {}): Promise<void> {
		const { network, random, settings } = this;
		network.faults = settings.faults;
		// The limit of idle days moves at rest only: no day passes unasked.
		if (steps.some((step) => "idleDays" in step)) this.horizonMs = REST_MS;
		let next = 0;
		while (next < steps.length || this.open > 0) {
			const step = steps[next];
			const mustRest = settings.oneAtATime || (step !== undefined && "rest" in step);
			const isFree = mustRest ? this.open === 0 : this.open < 4;
			if (step !== undefined && isFree && (mustRest || random.chance(0.2))) {
				if (mustRest) await this.settle();
				if ("rest" in step) this.forget();
				network.faults = settings.faults;
				this.send(step);
				if ("days" in step) await this.drift(150);
				next++;
				if (isAsked) this.askProfiles();
			}
			this.passTime();
			await network.step(this.horizonMs);
		}
		await this.drift(60);
		await this.settle();
		this.forget();
	}

	/** What is under way goes on under faults for a while. */
	private async drift(stepsMax: number): Promise<void> {
		for (let rest = this.random.below(stepsMax); rest > 0; rest--) {
			this.passTime();
			await this.network.step(this.horizonMs);
		}
	}

	/** What the limit of idle days takes is as if it had never been logged. Judged as the store judges it: where the limit has moved, at rest. */
	private forget(): void {
		const config = this.graph?.readConfig() ?? this.config;
		const cut = cutAt(this.now, config.settings.idleDays);
		if (cut <= this.forgottenTo) return;
		this.forgottenTo = cut;
		const gone = findForgottenCopies(
			this.logged.map(({ event }) => event),
			config,
			cut,
		);
		const left = this.logged.filter(({ event }) => !gone.has(event));
		this.logged.splice(0, this.logged.length, ...left);
		this.forgotten += gone.size;
	}

	/** Virtual time, ms since the epoch. */
	get now(): number {
		return this.scheduler.now;
	}

	/** Work that is left over all objects. */
	pending(): number {
		let sum = this.graph?.pendingWork() ?? 0;
		for (const shard of this.streams.values()) sum += shard.pendingWork();
		return sum;
	}

	close(): void {
		this.network.close();
	}

	/** Every object starts anew, and all comes to rest without faults, however long that takes. */
	async settle(): Promise<void> {
		this.network.faults = NO_FAULTS;
		await this.scheduler.settle(REST_MS);
		// A stream that a fault set aside is tried again when its object wakes.
		for (const host of this.network.hosts.values()) {
			host.stop();
			host.instance();
			if (!host.name.startsWith("profile/")) host.alarmAt = this.scheduler.now;
		}
		await this.scheduler.settle(REST_MS);
	}

	/** Reading the status counts what changed since. */
	private askProfiles(): void {
		for (const index of this.profiles.keys()) {
			this.network.host(`profile/${index}`).instance();
			this.profiles.get(index)?.status();
		}
	}

	private passTime(): void {
		this.scheduler.now += this.random.chance(0.03) ? this.random.below(70_000) : this.random.below(60);
	}

	/** Something comes in; it takes effect as the network is stepped. */
	send(step: Step): void {
		if ("rest" in step) return;
		if ("days" in step) {
			this.scheduler.now += step.days * DAY_MS;
			return;
		}
		if (!("events" in step)) {
			const changed =
				"currency" in step ? { journey: { ...this.config.settings.journey, currency: step.currency } } : step;
			void this.repeat("graph", "changeSettings", () => changed);
			return;
		}
		const byShard = new Map<number, Map<string, LoggedEvent[]>>();
		for (const event of step.events) {
			const ids = readIdentifiers(event, IDENTITY, hash, readField);
			const stream = streamOf(ids, event.sent.messageId, hash);
			const shard = shardIndex(stream, this.settings.streamShards);
			const segments = byShard.get(shard) ?? new Map<string, LoggedEvent[]>();
			byShard.set(shard, segments.set(stream, [...(segments.get(stream) ?? []), event]));
		}
		for (const [shard, segments] of byShard) {
			// The sender's repeat is another request: it is received at another time.
			void this.repeat(`stream/${shard}`, "append", (attempt) => ({
				segments: [...segments].map(([stream, events]) => ({
					stream,
					events: events.map((event) => ({ ...event, receivedAt: event.receivedAt + attempt * 1000 })),
				})),
			}));
		}
	}

	/** The collector's door judges each request when it comes, a repeat too: what is too old is refused, but statements. */
	private admit(batch: Batch): (Segment & { events: LoggedEvent[] })[] {
		this.network.host("graph").instance();
		const { retentionDays } = (this.graph?.readConfig() ?? this.config).settings;
		const contentFrom = cutAt(this.now, retentionDays);
		const isAdmitted = ({ timestamp, sent }: LoggedEvent) => timestamp >= contentFrom || STATEMENTS.has(sent.type);
		return batch.segments.flatMap(({ stream, events }) => {
			const admitted = events.filter(isAdmitted);
			if (admitted.length === 0) return [];
			return [{ stream, events: admitted, count: admitted.length, body: packEvents(admitted), slot: NO_SLOT }];
		});
	}

	/** A sender that does not rest until it is answered. */
	private async repeat(to: string, method: string, argument: (attempt: number) => unknown): Promise<void> {
		this.open++;
		for (let attempt = 0; ; attempt++) {
			try {
				await this.network.call(null, to, method, argument(attempt));
				break;
			} catch {
				await new Promise<void>((resolve) => this.scheduler.later(this.random.between(1, 3000), resolve));
			}
		}
		this.open--;
	}

	private addHost(name: string, begin: (host: Host, life: Life) => Instance): void {
		this.network.hosts.set(name, new Host(name, this.network, begin));
	}

	private beginStream(host: Host, life: Life, index: number): Instance {
		const shard: StreamShard = new StreamShard(
			{
				sql: host.disk.port(life, { readFails: () => this.random.chance(this.network.faults.unreadable) }),
				alarm: this.alarm(host, life),
				peers: this.peers(life),
			},
			index,
			life.name,
			(error) => this.report(error),
			this.settings.limits.stream,
		);
		this.streams.set(index, shard);
		return {
			wake: () => shard.wake(),
			doors: {
				append: (argument) => {
					const segments = this.admit(argument as Batch);
					const answer = shard.append({ rejections: [], segments });
					for (const { events } of segments) {
						for (const event of events) this.logged.push({ shard: index, event });
					}
					if (!this.random.chance(this.network.faults.unpoked)) void shard.pump.poke();
					return answer;
				},
				acceptAnswers: (argument) => shard.acceptAnswers(argument as Envelope<AnswersBody>),
			},
		};
	}

	private beginGraph(host: Host, life: Life): Instance {
		const graph = new IdentityGraph(
			{ sql: host.disk.port(life), alarm: this.alarm(host, life), peers: this.peers(life) },
			life.name,
			(error) => this.report(error),
			this.settings.limits.graph,
		);
		this.graph = graph;
		return {
			wake: () => graph.wake(),
			doors: {
				config: () => graph.config(),
				acceptClaims: (argument) => graph.acceptClaims(argument as Envelope<ClaimsBody>),
				changeSettings: (argument) => {
					const { settings } = graph.readConfig() ?? this.config;
					return graph.changeSettings({ ...settings, ...(argument as Partial<WorkspaceSettings>) });
				},
			},
		};
	}

	private beginProfile(host: Host, life: Life, index: number): Instance {
		const shard = new ProfileShard(
			host.disk.port(life),
			() => this.scheduler.now,
			TWIN_LIMITS,
			undefined,
			this.settings.limits.receiptsEvery,
		);
		this.profiles.set(index, shard);
		return {
			wake: async () => {},
			doors: { acceptPieces: (argument) => shard.acceptPieces(argument as Envelope<PiecesBody>) },
		};
	}

	private report(error: unknown): void {
		const isOfNetwork = error instanceof Error && /lost|in time|stopped|trouble|no agreement/.test(error.message);
		if (!isOfNetwork) this.errors.push(error);
	}

	private alarm(host: Host, life: Life): Alarm {
		let elapsedMs = 0;
		return {
			now: () => this.scheduler.now,
			wakeBy: (atMs) => {
				if (life.isStopped) return;
				if (host.alarmAt !== null && host.alarmAt <= atMs) return;
				host.alarmAt = atMs;
				host.alarmsSet++;
			},
			pause: () =>
				new Promise((resolve) =>
					this.scheduler.soon(() => {
						if (!life.isStopped) resolve();
					}),
				),
			elapsed: () => {
				elapsedMs += this.random.below(25);
				return elapsedMs;
			},
		};
	}

	private peers(life: Life): Peers<GraphDoor, StreamDoor, ProfileDoor> {
		const { network } = this;
		return {
			graph: () => ({
				config: () => network.call(life, "graph", "config", null),
				acceptClaims: (envelope) => network.call(life, "graph", "acceptClaims", envelope),
			}),
			stream: (index) => ({
				acceptAnswers: (envelope) => network.call(life, `stream/${index}`, "acceptAnswers", envelope),
			}),
			profile: (index) => ({
				acceptPieces: (envelope) => network.call(life, `profile/${index}`, "acceptPieces", envelope),
			}),
		};
	}
}
