/** When a stream shard looks for content that is too old: a step of many by alarm, every half second while there is work, then once a day. */
import { nextCutAt } from "../../identity/index.ts";
import type { Alarm } from "../ports.ts";
import type { KnownConfig } from "./known-config.ts";
import type { ShardRows } from "./shard-rows.ts";

/** From one step of a shard to its next. */
const BEAT_MS = 500;
/**
 * Shards take their steps one after another: a limit that is new sets all of a workspace's going at once, and one process
 * may run them on one thread, where whoever comes would wait for all of their steps.
 */
const OFFBEAT_MS = BEAT_MS / 16;
/** Once a day not all look at once either. */
const DAILY_GAP_MS = 500;

export class AgingTurns {
	private readonly rows: ShardRows;
	private readonly known: KnownConfig;
	private readonly alarm: Alarm;
	private readonly index: number;
	/** The alarm asks for a step. */
	private isDue = false;
	/** What is left may become too old; false once a search found nothing and nothing came since. */
	private mayAge = true;

	/** @param index of the shard: not all of a workspace's look at once */
	constructor(rows: ShardRows, known: KnownConfig, alarm: Alarm, index: number) {
		this.rows = rows;
		this.known = known;
		this.alarm = alarm;
		this.index = index;
	}

	/** The stream after which to look on; null: there is none to be looked at, as far as can be told. */
	from(): string | null {
		const config = this.known.read();
		if (config === null || config.settings.retentionDays === null) return null;
		const { cut, after } = this.rows.aging();
		return cut < this.known.retention(config, this.alarm.now()).cut ? "" : after;
	}

	/** The alarm went off: the next round takes a step, where there is one. */
	ask(): void {
		this.isDue = this.from() !== null;
	}

	/** @returns where the step that was asked for begins; null: none was */
	take(): string | null {
		const from = this.isDue ? this.from() : null;
		this.isDue = false;
		return from;
	}

	/**
	 * @param from       where the round's step began; null: it took none
	 * @param hasContent the round left some that may become too old
	 */
	finish(from: string | null, hasContent: boolean): void {
		if (from !== null) {
			const { after, found } = this.rows.aging();
			if (after === null) this.mayAge = found;
		}
		this.mayAge ||= hasContent;
		this.arm();
	}

	arm(): void {
		const { retentionDays = null } = this.known.read()?.settings ?? {};
		if (retentionDays === null) return;
		const now = this.alarm.now();
		if (this.from() !== null) this.alarm.wakeBy(this.nextBeat(now));
		else if (this.mayAge) this.alarm.wakeBy(nextCutAt(now) + this.index * DAILY_GAP_MS);
	}

	private nextBeat(now: number): number {
		const offbeat = (this.index * OFFBEAT_MS) % BEAT_MS;
		return now - ((now - offbeat) % BEAT_MS) + BEAT_MS;
	}
}
