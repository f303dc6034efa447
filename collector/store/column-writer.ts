/**
 * JSON records of like shape as bytes, column by column: what is the same in each is said once, keys stand once for all,
 * and what deflate cannot shrink is set apart: numbers, times and ids. `column-reader.ts` reads it.
 *
 * A column is what stands at one place in all records that have it; it says an operation for each entry or run of
 * entries ({@link OP}), and behind it come the columns of its objects' members and of its lists' items. A text is written
 * where it first occurs; an id of version 7 and a time are what has passed since the one said before.
 *
 * Everything comes back as it was, in the order of its keys; `undefined` is left out, as `JSON.stringify` does. THIS IS PART
 * OF THE FORMAT of all that is stored so.
 */

import { Deep, type Entry, Form, formEntry, formOf, List, type Nested, Whole } from "./column-entries.ts";
import { FORM_MAX, OP } from "./column-ops.ts";
import { isUuid, timeOfUuid, UUID_CHARS, UUID_TIME_BYTES } from "./compact-bytes.ts";
import { DayTimes, TIME_CHARS } from "./day-times.ts";
import { type ColumnBytes, OperationWriter } from "./operation-writer.ts";

const SMALL_MAX = 255 - OP.small;
/** Integers that are taken for times: of 1987 to 2109. */
const MS_MIN = 2 ** 39;
const MS_MAX = 2 ** 42;
const WHOLE_MAX = 2 ** 51;
const DIGITS_MAX = 12;
const DECIMAL = /^-?\d+\.(\d+)$/;
/** What lies deeper is written as JSON. */
const DEPTH_MAX = 24;

const [HYPHEN, POINT] = [45, 46];

type JsonObject = { [key: string]: unknown };

export function writeColumns(records: readonly object[]): ColumnBytes {
	return new ColumnWriter().write(records);
}

/** Values said, and their numbers. */
class SaidList<Value> {
	readonly list: Value[] = [];
	private readonly numbers = new Map<Value, number>();

	add(value: Value): void {
		this.numbers.set(value, this.list.length);
		this.list.push(value);
	}

	find(value: Value): number | undefined {
		return this.numbers.get(value);
	}
}

/** What the entries of a column go on from. */
interface Follow {
	op: typeof OP.int | typeof OP.said | typeof OP.saidTime | typeof OP.saidMs | typeof OP.saidObject;
	/** The number, or which of the texts, times or objects. */
	at: number;
}

function scalarOf(value: unknown): Entry {
	return value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? null : (value as Entry);
}

/** Of a text that is one, or one of version 7 with a point and more behind it. */
function uuidOf(text: string): string | null {
	if (text.length < UUID_CHARS || text.charCodeAt(8) !== HYPHEN || text.charCodeAt(13) !== HYPHEN) return null;
	if (text.length === UUID_CHARS) return isUuid(text) ? text : null;
	const uuid = text.slice(0, UUID_CHARS);
	const isDotted = text.length > UUID_CHARS + 1 && text.charCodeAt(UUID_CHARS) === POINT;
	return isDotted && isUuid(uuid) && timeOfUuid(uuid) !== null ? uuid : null;
}

class ColumnWriter {
	private readonly out = new OperationWriter();
	private readonly said = new SaidList<string>();
	private readonly times = new SaidList<number>();
	/** Objects without others in them, by their JSON. */
	private readonly objects = new Map<string, Whole>();
	private objectCount = 0;
	private time = 0;
	private readonly days = new DayTimes();
	private follow: Follow | null = null;

	write(records: readonly object[]): ColumnBytes {
		this.out.count(records.length);
		this.column(records, 0);
		return this.out.finish();
	}

	private column(values: readonly unknown[], depth: number): void {
		const nested: Nested = { forms: [], objects: [], own: new Map(), members: new Map() };
		const items: unknown[] = [];
		const entries = values.map((value): Entry => {
			if (typeof value !== "object" || value === null) return scalarOf(value);
			if (depth >= DEPTH_MAX) return new Deep(JSON.stringify(value));
			if (Array.isArray(value)) {
				for (const item of value) items.push(item);
				return new List(value.length);
			}
			return this.objectOf(value as JsonObject, depth, nested);
		});
		for (const whole of nested.objects.flat())
			if (whole !== null) whole.number = this.objectCount++;
			else this.objectCount++;
		if (nested.forms.length > 0) this.forms(nested.forms);
		this.entries(entries);
		for (const member of nested.members.values()) this.column(member, depth + 1);
		if (items.length > 0) this.column(items, depth + 1);
		for (const [text, whole] of nested.own) this.objects.set(text, whole);
	}

	private objectOf(value: JsonObject, depth: number, { forms, objects, own, members }: Nested): Entry {
		let keys = Object.keys(value);
		let isLeaf = depth > 0;
		let hasUndefined = false;
		for (const key of keys) {
			const member = value[key];
			if (member === undefined) hasUndefined = true;
			else if (typeof member === "object" && member !== null) isLeaf = false;
		}
		if (hasUndefined) keys = keys.filter((key) => value[key] !== undefined);
		let whole: Whole | null = null;
		if (isLeaf) {
			const text = JSON.stringify(value);
			const known = this.objects.get(text) ?? own.get(text);
			if (known !== undefined) return known;
			whole = new Whole();
			own.set(text, whole);
		}
		const form = formOf(keys, forms);
		if (form === objects.length) objects.push([]);
		(objects[form] as (Whole | null)[]).push(whole);
		for (const key of keys) {
			const member = members.get(key);
			if (member === undefined) members.set(key, [value[key]]);
			else member.push(value[key]);
		}
		return formEntry(form);
	}

	private entries(entries: readonly Entry[]): void {
		this.follow = null;
		let before: Entry | undefined;
		for (const entry of entries) {
			if (entry === before) this.out.extend(OP.same);
			else if (this.isNext(entry)) this.out.extend(OP.next);
			else this.entry(entry);
			before = entry;
		}
		this.out.endColumn();
	}

	private forms(forms: readonly string[][]): void {
		this.out.op(OP.forms, forms.length);
		for (const keys of forms) {
			this.out.count(keys.length);
			for (const key of keys) this.out.text(key);
		}
	}

	/** Whether it is what comes after what the column said last; the column goes on from there then. */
	private isNext(entry: Entry): boolean {
		const { follow } = this;
		if (follow === null) return false;
		const at = follow.at + 1;
		if (!this.isSaidAt(entry, follow.op, at)) return false;
		follow.at = at;
		return true;
	}

	private isSaidAt(entry: Entry, op: Follow["op"], at: number): boolean {
		if (op === OP.int) return entry === at;
		if (op === OP.saidObject) return entry instanceof Whole && entry.number === at;
		if (op === OP.said) return entry === this.said.list[at];
		return (op === OP.saidMs ? entry : this.timeOf(entry)) === this.times.list[at];
	}

	private timeOf(entry: Entry): number | null {
		return typeof entry === "string" && entry.length === TIME_CHARS ? this.days.parse(entry) : null;
	}

	// ——— one entry ———

	private entry(entry: Entry): void {
		if (typeof entry === "number") this.number(entry);
		else if (typeof entry === "string") this.string(entry);
		else if (typeof entry !== "object") this.out.op(entry ? OP.true : OP.false);
		else if (entry === null) this.out.op(OP.null);
		else if (entry instanceof List) this.out.op(OP.list, entry.length);
		else if (entry instanceof Form) {
			if (entry.form < FORM_MAX) this.out.op(OP.form + entry.form);
			else this.out.op(OP.form + FORM_MAX, entry.form);
		} else if (entry instanceof Whole) this.refer(OP.saidObject, entry.number);
		else {
			this.out.op(OP.json);
			this.out.text(entry.json);
		}
	}

	private number(value: number): void {
		if (value >= 0 && value <= SMALL_MAX && Number.isInteger(value)) {
			this.out.op(OP.small + value);
			this.follow = { op: OP.int, at: value };
		} else if (value >= MS_MIN && value <= MS_MAX && Number.isInteger(value)) {
			const place = this.times.find(value);
			if (place === undefined) {
				this.out.extend(OP.ms);
				this.pass(value);
			} else this.refer(OP.saidMs, place);
		} else if (Number.isInteger(value) && Math.abs(value) < WHOLE_MAX) {
			this.out.int(value);
			this.follow = { op: OP.int, at: value };
		} else this.fraction(value);
	}

	private fraction(value: number): void {
		const digits = DECIMAL.exec(String(value))?.[1]?.length ?? DIGITS_MAX + 1;
		const whole = Math.round(value * 10 ** digits);
		if (digits <= DIGITS_MAX && Math.abs(whole) < WHOLE_MAX && whole / 10 ** digits === value) {
			this.out.op(OP.decimal, digits);
			this.out.raw.number(whole);
		} else {
			this.out.op(OP.float);
			this.out.raw.float(value);
		}
	}

	private string(text: string): void {
		const place = this.said.find(text);
		if (place !== undefined) {
			this.refer(OP.said, place);
			return;
		}
		const at = this.timeOf(text);
		if (at !== null) {
			const said = this.times.find(at);
			if (said !== undefined) {
				this.refer(OP.saidTime, said);
				return;
			}
			this.out.extend(OP.time);
			this.pass(at);
			return;
		}
		const uuid = uuidOf(text);
		if (uuid === null) {
			this.out.extend(OP.text);
			this.out.text(text);
			this.said.add(text);
			return;
		}
		const time = timeOfUuid(uuid);
		const suffix = text.length > UUID_CHARS ? text.slice(UUID_CHARS + 1) : null;
		if (time !== null) {
			const known = suffix === null ? this.times.find(time) : undefined;
			if (known !== undefined) this.out.op(OP.uuidOf, known);
			else {
				if (suffix === null) this.out.extend(OP.uuidV7);
				else this.dotted(suffix);
				this.pass(time);
			}
			this.out.raw.uuid(uuid, UUID_TIME_BYTES);
			this.said.add(uuid);
		} else {
			this.out.op(OP.uuid);
			this.out.raw.uuid(text);
			this.said.add(text);
		}
	}

	private dotted(suffix: string): void {
		const place = this.said.find(suffix) ?? this.said.list.length;
		this.out.extend(OP.dotted, place);
		if (place < this.said.list.length) return;
		this.out.text(suffix);
		this.said.add(suffix);
	}

	private pass(time: number): void {
		this.out.raw.number(time - this.time);
		this.time = time;
		if (this.times.find(time) === undefined) this.times.add(time);
	}

	private refer(op: Follow["op"], at: number): void {
		this.out.op(op, at);
		this.follow = { op, at };
	}
}
