/**
 * When to try again: full jitter, so that a thousand browsers do not return as one
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */

const BASE_MS = 1_000;
const WAIT_MS_MAX = 300_000;

/**
 * @param failures failed tries in a row, from 1
 * @param random   in [0, 1)
 * @returns milliseconds in [0, min(1 s · 2ⁿ, 5 min)]
 */
export const backoffMs = (failures: number, random: number): number =>
	Math.min(WAIT_MS_MAX, BASE_MS * 2 ** failures) * random;

/** A timer set for longer than 2³¹ ms fires at once. */
const RETRY_AFTER_MS_MAX = 24 * 3_600_000;

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). @returns milliseconds up to a day, 0 when absent or unreadable */
export const retryAfterMs = (header: string | null, now: number): number =>
	Math.min(RETRY_AFTER_MS_MAX, Math.max(0, Number(header) * 1_000 || Date.parse(header as string) - now || 0));

/** At most so many requests in any minute; hiding pages and the search for a poisonous event are let through. */
export const REQUESTS_A_MINUTE_MAX = 12;
const MINUTE_MS = 60_000;

/**
 * @param made when requests were made, ascending, ms
 * @returns milliseconds until the next may be made, 0 or less for now
 */
export const paceMs = (made: readonly number[], now: number): number =>
	(made[made.length - REQUESTS_A_MINUTE_MAX] || -MINUTE_MS) + MINUTE_MS - now;
