/** One record → one line of NDJSON: the columns asked for, times in the zone asked for. */
import { createZone } from "../../analysis/zone.ts";

export interface RowColumn {
	name: string;
	/** Where the value stands in the record: `a`, or `a.b` for a member of it. */
	source: string;
	/** Ms since the epoch, to be written as text. */
	isTime: boolean;
}

export interface TimeStyle {
	/** IANA name; null: UTC. */
	zone: string | null;
	/** `iso`: 2026-03-01T20:00:00.000+08:00. `plain`: 2026-03-01 20:00:00.000, which spreadsheets read as a time. */
	style: "iso" | "plain";
}

type Getter = (record: { readonly [field: string]: unknown }) => unknown;

export function createRowWriter(
	columns: readonly RowColumn[],
	time: TimeStyle,
): (record: { readonly [field: string]: unknown }) => string {
	const writeTime = createTimeWriter(time);
	const getters = columns.map(({ source, isTime }): Getter => {
		const read = createGetter(source);
		if (!isTime) return read;
		return (record) => {
			const ms = read(record);
			return typeof ms === "number" ? writeTime(ms) : ms;
		};
	});
	return (record) => {
		const row: { [name: string]: unknown } = {};
		for (let i = 0; i < getters.length; i++) {
			const value = (getters[i] as Getter)(record);
			if (value !== undefined) row[(columns[i] as RowColumn).name] = value;
		}
		return JSON.stringify(row);
	};
}

function createGetter(source: string): Getter {
	const [outer = "", inner] = source.split(".", 2);
	if (inner === undefined) return (record) => record[outer];
	return (record) => (record[outer] as { [field: string]: unknown } | undefined)?.[inner];
}

/** @throws RangeError on a zone that the platform does not know */
function createTimeWriter({ zone, style }: TimeStyle): (ms: number) => string {
	const offsetMs = zone === null ? () => 0 : createZone(zone).offsetMs;
	return (ms) => {
		const offset = offsetMs(ms);
		const local = new Date(ms + offset).toISOString();
		if (style === "plain") return local.slice(0, 23).replace("T", " ");
		return zone === null ? local : `${local.slice(0, 23)}${writeOffset(offset)}`;
	};
}

/** `+08:00`; zones of old had seconds, which ISO 8601 has no place for: they are cut. */
function writeOffset(ms: number): string {
	const minutes = Math.trunc(Math.abs(ms) / 60_000);
	const two = (number: number) => String(number).padStart(2, "0");
	return `${ms < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}
