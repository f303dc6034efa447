/**
 * Time and chance: what may happen next is a list, and chance picks. Each thing that happens
 * runs until it waits for something else, so a seed fixes the whole course of events.
 */
import type { Random } from "./random.ts";

/** More steps than this: the objects keep each other busy for ever. */
const STEPS_MAX = 200_000;

export class Scheduler {
	/** Virtual time, ms since the epoch. */
	now = Date.UTC(2025, 5, 1);
	steps = 0;
	private readonly random: Random;
	private readonly ready: (() => void)[] = [];
	private readonly timers: { at: number; action: () => void }[] = [];
	/** Gives the next moment at which something falls due without being asked; null when nothing does. */
	private readonly clocks: { dueAt(): number | null; fire(): void }[] = [];

	constructor(random: Random) {
		this.random = random;
	}

	/** Puts something on the list. */
	soon(action: () => void): void {
		this.ready.push(action);
	}

	/** Puts something on the list in a while. */
	later(delayMs: number, action: () => void): void {
		this.timers.push({ at: this.now + delayMs, action });
	}

	addClock(clock: { dueAt(): number | null; fire(): void }): void {
		this.clocks.push(clock);
	}

	/** One thing happens. @returns false when nothing can within `horizonMs` */
	async step(horizonMs = Number.POSITIVE_INFINITY): Promise<boolean> {
		if (++this.steps > STEPS_MAX) throw new Error(`no rest after ${STEPS_MAX} steps`);
		for (let index = this.timers.length - 1; index >= 0; index--) {
			const timer = this.timers[index];
			if (timer === undefined || timer.at > this.now) continue;
			this.timers.splice(index, 1);
			this.ready.push(timer.action);
		}
		const due = this.clocks.filter((clock) => (clock.dueAt() ?? Number.POSITIVE_INFINITY) <= this.now);
		const choice = this.random.below(this.ready.length + due.length);
		if (this.ready.length + due.length === 0) return this.skipAhead(horizonMs);
		if (choice < this.ready.length) {
			const [action] = this.ready.splice(choice, 1);
			action?.();
		} else {
			due[choice - this.ready.length]?.fire();
		}
		await idle();
		return true;
	}

	/** Until nothing is left to happen within `horizonMs`. */
	async settle(horizonMs = Number.POSITIVE_INFINITY): Promise<void> {
		while (await this.step(horizonMs));
	}

	private skipAhead(horizonMs: number): boolean {
		const next = [...this.timers.map(({ at }) => at), ...this.clocks.map((clock) => clock.dueAt())].filter(
			(at) => at !== null,
		);
		if (next.length === 0 || Math.min(...next) > this.now + horizonMs) return false;
		this.now = Math.max(this.now, Math.min(...next));
		return true;
	}
}

/** Returns when every promise that could go on has gone on. */
function idle(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
