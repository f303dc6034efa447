/**
 * Runs an object's background work: one run at a time, again while there is more, with back-off
 * after a failure. The alarm is its guard: whoever adds work asks to be woken within
 * `GUARD_MS`, so that work left behind by a crash is found.
 */
import { describeError } from "./describe-error.ts";
import type { Alarm } from "./ports.ts";

/** An alarm within this time is guard enough: setting one costs a billed row. */
export const GUARD_MS = 60_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 60_000;

export class Pump {
	private running: Promise<void> | null = null;
	private asked = false;
	/** Told when the next round has ended. */
	private waiting: (() => void)[] = [];
	private failures = 0;
	/** What the last failed run died of; null while all is well. */
	lastError: string | null = null;
	private readonly alarm: Alarm;
	private readonly work: () => Promise<boolean>;
	private readonly report: (error: unknown) => void;

	/**
	 * @param work   does one bounded round; true while there is more to do
	 * @param report hears of each failed run; the work itself is tried again by the alarm
	 */
	constructor(alarm: Alarm, work: () => Promise<boolean>, report: (error: unknown) => void) {
		this.alarm = alarm;
		this.work = work;
		this.report = report;
	}

	get busy(): boolean {
		return this.running !== null;
	}

	/** There is work: run now, or once more after the round under way. Never rejects. */
	poke(): Promise<void> {
		this.asked = true;
		this.running ??= this.run();
		return this.running;
	}

	/**
	 * The same, back as soon as one round has been done from here on, whatever is left. For alarms: the platform ends an object whose
	 * alarm lasts 15 minutes, and where more comes in than is folded a run goes on for as long.
	 */
	turn(): Promise<void> {
		const turn = new Promise<void>((resolve) => this.waiting.push(resolve));
		void this.poke();
		return turn;
	}

	private async run(): Promise<void> {
		while (this.asked) {
			this.asked = false;
			const waiting = this.waiting.splice(0);
			try {
				if (await this.work()) this.asked = true;
				this.failures = 0;
				this.lastError = null;
			} catch (error) {
				// A peer is out of reach or a bug struck: the work is still marked in storage.
				this.lastError = describeError(error);
				this.report(error);
				const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.failures++);
				this.alarm.wakeBy(this.alarm.now() + backoffMs);
				break;
			} finally {
				for (const done of waiting) done();
			}
		}
		// Who asked during a round that failed need not wait for the alarm.
		for (const done of this.waiting.splice(0)) done();
		// In the same step as the last look at `asked`: whoever asks from here on starts a new run.
		this.running = null;
	}
}
