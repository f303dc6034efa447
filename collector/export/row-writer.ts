/** One record → one line of NDJSON: the columns asked for, times in the zone asked for; and back. */

export interface RowColumn {
	name: string;
	/** Where the value stands in the record: `a`, or `a.b` for a member of it. */
	source: string;
	/** Ms since the epoch, to be written as text. */
	isTime: boolean;
}

export interface TimeStyle {
	/** Local minus UTC at an instant, ms; null: UTC. */
	offsetMs: ((ms: number) => number) | null;
	/** `iso`: 2026-03-01T20:00:00.000+08:00. `plain`: 2026-03-01 20:00:00.000, which spreadsheets read as a time. */
	style: "iso" | "plain";
}

type Fields = { readonly [field: string]: unknown };

/** What becomes of one field of a record. */
interface Rule {
	/** `"name":` of the field's own column. */
	key?: string;
	isTime: boolean;
	/** Member → `"name":` of its column. */
	members: Map<string, string> | null;
}

/** Text that JSON writes as it is: no quote, backslash, control character or half of a pair. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e\u00a0-\ud7ff]*$/;

/**
 * Goes by the fields that a record has, since most have a third of the columns, and joins text: half the
 * time of building an object for `JSON.stringify`.
 */
export function createRowWriter(columns: readonly RowColumn[], time: TimeStyle): (record: Fields) => string {
	const writeTime = createTimeWriter(time);
	const rules = new Map<string, Rule>();
	for (const { name, source, isTime } of columns) {
		const [field = "", member] = source.split(".", 2);
		const rule: Rule = rules.get(field) ?? { isTime, members: null };
		rules.set(field, rule);
		const key = `${JSON.stringify(name)}:`;
		if (member === undefined) rule.key = key;
		else rule.members = new Map(rule.members ?? []).set(member, key);
	}
	return (record) => {
		let text = "{";
		const add = (key: string, value: unknown) => {
			if (value !== undefined) text += (text.length > 1 ? "," : "") + key + writeValue(value);
		};
		for (const field in record) {
			const rule = rules.get(field);
			const value = record[field];
			if (rule === undefined || value === undefined) continue;
			if (rule.key !== undefined) add(rule.key, rule.isTime && typeof value === "number" ? writeTime(value) : value);
			if (rule.members === null) continue;
			for (const member in value as Fields) {
				const key = rule.members.get(member);
				if (key !== undefined) add(key, (value as Fields)[member]);
			}
		}
		return `${text}}`;
	};
}

/**
 * The way back of a writer of the same columns in UTC: members in the order in which the line has them.
 *
 * @returns from a parsed line the record that it was written from, save for fields without a column
 */
export function createRowReader(columns: readonly RowColumn[]): (line: object) => Fields {
	const places = new Map(
		columns.map(({ name, source, isTime }) => {
			const [field = "", member] = source.split(".", 2);
			return [name, { field, member, isTime }];
		}),
	);
	return (line) => {
		const record: { [field: string]: unknown } = {};
		for (const name in line) {
			const place = places.get(name);
			if (place === undefined) continue;
			const value = (line as Fields)[name];
			const { field, member } = place;
			if (member === undefined) record[field] = place.isTime ? Date.parse(value as string) : value;
			else {
				const whole = record[field] as { [member: string]: unknown } | undefined;
				if (whole === undefined) record[field] = { [member]: value };
				else whole[member] = value;
			}
		}
		return record;
	};
}

function writeValue(value: unknown): string {
	if (typeof value === "string" && PLAIN.test(value)) return `"${value}"`;
	return JSON.stringify(value);
}

/** @returns from ms since the epoch their text */
export function createTimeWriter({ offsetMs, style }: TimeStyle): (ms: number) => string {
	return (ms) => {
		const offset = offsetMs?.(ms) ?? 0;
		const local = new Date(ms + offset).toISOString();
		if (style === "plain") return local.slice(0, 23).replace("T", " ");
		return offsetMs === null ? local : `${local.slice(0, 23)}${writeOffset(offset)}`;
	};
}

/** `+08:00`; zones of old had seconds, which ISO 8601 has no place for: they are cut. */
function writeOffset(ms: number): string {
	const minutes = Math.trunc(Math.abs(ms) / 60_000);
	const two = (number: number) => String(number).padStart(2, "0");
	return `${ms < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}
