/**
 * The device's time zone, as IANA names it.
 *
 * Chromium loads its data of all languages for the first `Intl.DateTimeFormat`: some 20 ms of a page's start, 80 ms on a
 * slow phone (measured in 156). `Temporal` (https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Temporal/Now/timeZoneId)
 * knows the zone without.
 */
interface Temporal {
	Now?: { timeZoneId?(): string };
}

export const readTimeZone = (): string =>
	(window as { Temporal?: Temporal }).Temporal?.Now?.timeZoneId?.() || Intl.DateTimeFormat().resolvedOptions().timeZone;
