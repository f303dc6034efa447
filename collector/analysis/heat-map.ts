/** When contacts happen: weekday × hour in a time zone, for one person or for all. */
import { WEEKDAY_NAMES, weekdayAndHour, type Zone } from "./zone.ts";

const HOURS = 24;
const DAYS = 7;

/** Counts by `weekday * 24 + hour`, 168 of them; merged by adding. */
export type HeatMap = number[];

export function createHeatMap(): HeatMap {
	return new Array<number>(DAYS * HOURS).fill(0);
}

/** Adds one contact at `t` (ms since the epoch), in place. */
export function addToHeatMap(map: HeatMap, zone: Zone, t: number): void {
	const { weekday, hour } = weekdayAndHour(zone, t);
	map[weekday * HOURS + hour] = (map[weekday * HOURS + hour] as number) + 1;
}

/** Folds `from` into `into` and returns it. */
export function mergeHeatMaps(into: HeatMap, from: HeatMap): HeatMap {
	from.forEach((count, i) => {
		into[i] = (into[i] as number) + count;
	});
	return into;
}

export interface HeatMapRow {
	weekday: (typeof WEEKDAY_NAMES)[number];
	/** 24 counts, from midnight. */
	hours: number[];
	total: number;
}

/** Seven rows from Monday, empty hours as 0. */
export function finishHeatMap(map: HeatMap): HeatMapRow[] {
	return WEEKDAY_NAMES.map((weekday, day) => {
		const hours = map.slice(day * HOURS, (day + 1) * HOURS);
		return { weekday, hours, total: hours.reduce((sum, count) => sum + count, 0) };
	});
}
