/**
 * The device's clock, made fit for ordering: it never goes back within a page, and once the collector
 * has said what time it is, an error of more than a minute is taken out.
 */

/** Errors up to this are left alone, so that transit time never reorders a device's events. */
const SKEW_MS_MIN = 60_000;
/** A round trip longer than this says too little about the clock. */
const ROUND_TRIP_MS_MAX = 10_000;

export interface Clock {
	/** Milliseconds since the epoch by the device, never smaller than an earlier answer. */
	now(): number;
	/** Milliseconds from a device time to the corrected one; absent until it was learned. */
	offset?: number;
}

/**
 * @param wall    milliseconds since the epoch, may jump
 * @param elapsed monotonic milliseconds, may stand still while the device sleeps
 */
export function createClock(wall: () => number, elapsed: () => number): Clock {
	/** The most that the wall clock was ahead of the monotonic one: more is sleep, less is somebody setting it back. */
	let ahead = 0;
	return {
		now() {
			ahead = Math.max(ahead, wall() - elapsed());
			return Math.round(ahead + elapsed());
		},
	};
}

/**
 * Learns the offset from one exchange: request made at `sentAt`, answered at `answeredAt` (both from
 * `now`), collector's clock in between `receivedAt`. The first usable exchange decides for the life of the
 * page, whatever quicker ones follow, and by the very difference by which the collector corrected that batch
 * (`event-time.ts`): so nothing is moved against what was sent before. Rounded to whole minutes, or by half
 * the round trip more, it would set a page's second batch up to half a minute before its first.
 */
export function learnOffset(clock: Clock, sentAt: number, answeredAt: number, receivedAt: number): void {
	if (clock.offset !== undefined || !receivedAt || answeredAt - sentAt > ROUND_TRIP_MS_MAX) return;
	const skew = receivedAt - sentAt;
	clock.offset = Math.abs(skew) > SKEW_MS_MIN ? skew : 0;
}
