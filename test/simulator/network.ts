/**
 * The network between objects, and the objects as it sees them: names behind which one life
 * follows another over the same disk.
 */
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { Disk, type Life, StoppedError } from "./sqlite.ts";

/** A message that was given up or repeated arrives within this time, ms. */
const LATE_MS_MAX = 5_000;

/** Chances, each from 0 to 1. */
export interface Faults {
	/** A call is lost on its way: the caller sees an error. */
	lost: number;
	/** The caller gives up, and the call arrives later all the same. */
	late: number;
	/** The call arrives twice. */
	twice: number;
	/** The answer is lost after the call took effect. */
	unanswered: number;
	/** Some object is stopped at this step. */
	stop: number;
	/** An alarm goes off a second time. */
	alarmTwice: number;
	/** A row cannot be read. */
	unreadable: number;
	/** A batch is not followed by a fold at once. */
	unpoked: number;
}

export const NO_FAULTS: Faults = {
	lost: 0,
	late: 0,
	twice: 0,
	unanswered: 0,
	stop: 0,
	alarmTwice: 0,
	unreadable: 0,
	unpoked: 0,
};

/** What a life offers: its doors by name, and what its alarm calls. */
export interface Instance {
	doors: { [method: string]: (argument: unknown) => unknown };
	wake: () => Promise<void>;
}

/** One object: a disk, an alarm slot, and a life or none. */
export class Host {
	readonly disk = Disk.take();
	alarmAt: number | null = null;
	/** How often an alarm was set, each of which is billed as a row. */
	alarmsSet = 0;
	private life: (Life & { instance: Instance }) | null = null;
	private lives = 0;
	/** Callers that wait for this life. */
	private readonly waiting = new Set<(error: Error) => void>();
	readonly name: string;
	private readonly network: Network;
	private readonly begin: (host: Host, life: Life) => Instance;

	constructor(name: string, network: Network, begin: (host: Host, life: Life) => Instance) {
		this.name = name;
		this.network = network;
		this.begin = begin;
		network.scheduler.addClock({ dueAt: () => this.alarmAt, fire: () => this.ring() });
	}

	/** Wakes the object where it sleeps. */
	instance(): Instance {
		if (this.life === null) {
			const life: Life = { name: `${this.name}#${++this.lives}`, isStopped: false };
			this.life = Object.assign(life, { instance: this.begin(this, life) });
		}
		return this.life.instance;
	}

	/** Memory is lost; the disk and the alarm stay. */
	stop(): void {
		if (this.life === null) return;
		this.life.isStopped = true;
		this.life = null;
		for (const fail of this.waiting) fail(new StoppedError(`${this.name} was stopped`));
		this.waiting.clear();
	}

	async handle(method: string, argument: unknown): Promise<unknown> {
		const { doors } = this.instance();
		const door = doors[method];
		if (door === undefined) throw new Error(`${this.name} has no ${method}`);
		return new Promise((resolve, reject) => {
			this.waiting.add(reject);
			Promise.resolve()
				.then(() => door(argument))
				.then(resolve, reject)
				.finally(() => this.waiting.delete(reject));
		});
	}

	private ring(): void {
		this.alarmAt = null;
		const { faults, random, scheduler } = this.network;
		const wake = () => {
			const again = (error: Error) => {
				// The platform tries a failed alarm again.
				void error;
				const retryAt = scheduler.now + 1000;
				this.alarmAt = this.alarmAt === null ? retryAt : Math.min(this.alarmAt, retryAt);
			};
			this.waiting.add(again);
			this.instance()
				.wake()
				.catch(again)
				.finally(() => this.waiting.delete(again));
		};
		if (random.chance(faults.alarmTwice)) scheduler.soon(wake);
		wake();
	}
}

export class Network {
	faults: Faults = NO_FAULTS;
	readonly hosts = new Map<string, Host>();
	readonly random: Random;
	readonly scheduler: Scheduler;

	constructor(random: Random, scheduler: Scheduler) {
		this.random = random;
		this.scheduler = scheduler;
	}

	host(name: string): Host {
		const host = this.hosts.get(name);
		if (host === undefined) throw new Error(`nobody is called ${name}`);
		return host;
	}

	/**
	 * Calls another object.
	 * @param caller a stopped caller never hears the answer
	 */
	call<T>(caller: Life | null, to: string, method: string, argument: unknown): Promise<T> {
		const { random, scheduler } = this;
		const copySent = copierOf(argument);
		return new Promise<T>((resolve, reject) => {
			const answer = (act: () => void) =>
				scheduler.soon(() => {
					if (caller === null || !caller.isStopped) act();
				});
			const deliver = (isHeard: boolean) => {
				this.host(to)
					.handle(method, copySent())
					.then(
						(value) => {
							if (!isHeard) return;
							const copy = copierOf(value)() as T;
							if (random.chance(this.faults.unanswered)) answer(() => reject(new Error("the answer was lost")));
							else answer(() => resolve(copy));
						},
						(error) => {
							if (isHeard) answer(() => reject(error));
						},
					);
			};
			scheduler.soon(() => {
				if (random.chance(this.faults.lost)) {
					answer(() => reject(new Error("the call was lost")));
				} else if (random.chance(this.faults.late)) {
					answer(() => reject(new Error("no answer in time")));
					scheduler.later(random.between(0, LATE_MS_MAX), () => deliver(false));
				} else {
					if (random.chance(this.faults.twice)) scheduler.later(random.between(0, LATE_MS_MAX), () => deliver(false));
					deliver(true);
				}
			});
		});
	}

	/** One step of the world, with a chance that an object stops. */
	async step(horizonMs?: number): Promise<boolean> {
		if (this.random.chance(this.faults.stop)) this.random.pick([...this.hosts.values()]).stop();
		return this.scheduler.step(horizonMs);
	}

	close(): void {
		for (const host of this.hosts.values()) {
			host.stop();
			host.disk.release();
		}
	}
}

/**
 * What a message carries is a copy of what it was when it was sent, another for each time that it arrives; the
 * events of a batch nobody changes.
 */
function copierOf(message: unknown): () => unknown {
	if (message === undefined || message === null || typeof message === "string") return () => message;
	if ("segments" in (message as object)) return () => ({ ...(message as object) });
	const text = JSON.stringify(message);
	return () => JSON.parse(text);
}
