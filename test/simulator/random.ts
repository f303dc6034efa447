/** Seeded chance: the same seed gives the same history and the same schedule. */
export class Random {
	private state: number;

	constructor(seed: number) {
		this.state = (seed ^ 0x9e3779b9) | 0;
	}

	/** In [0, 1); mulberry32. */
	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** Whole, from 0 up to but without `below`. */
	below(below: number): number {
		return Math.floor(this.next() * below);
	}

	/** Whole, both ends included. */
	between(low: number, high: number): number {
		return low + this.below(high - low + 1);
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)] as T;
	}

	/** By weight; weights are not negative and not all 0. */
	weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
		let rest = this.next() * items.reduce((sum, [weight]) => sum + weight, 0);
		for (const [weight, item] of items) {
			rest -= weight;
			if (rest < 0) return item;
		}
		return (items.at(-1) as readonly [number, T])[1];
	}

	shuffle<T>(items: readonly T[]): T[] {
		const result = [...items];
		for (let last = result.length - 1; last > 0; last--) {
			const other = this.below(last + 1);
			[result[last], result[other]] = [result[other] as T, result[last] as T];
		}
		return result;
	}
}
