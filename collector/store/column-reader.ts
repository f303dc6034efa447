/** Reads what `column-writer.ts` wrote, into whatever its caller makes of each value. */
import type { Maker, Values } from "./column-makers.ts";
import { FORM_MAX, OP, QUOTE, TEXT_END } from "./column-ops.ts";
import { ByteReader, UUID_CHARS } from "./compact-bytes.ts";
import { TIME_CHARS, writeTime } from "./day-times.ts";

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/**
 * @param raw  as {@link import("./column-writer.ts").ColumnBytes} has it; read up to its end
 * @param said inflated
 * @throws Error on bytes that no writer wrote
 */
export function readColumns<Value>(raw: ByteReader, said: Uint8Array, maker: Maker<Value>): Value[] {
	return new ColumnReader(raw, said, maker).read();
}

const ascii = new TextDecoder("latin1");

const RUNS: ReadonlySet<number> = new Set([OP.texts, OP.uuidsV7, OP.dotteds, OP.times, OP.mss]);
const iso = new Uint8Array(TIME_CHARS);

/** As `toISOString` of a time that its text can say in four digits of a year. */
function isoOf(time: number): string {
	writeTime(time, iso, 0);
	return ascii.decode(iso);
}

/** Bytes that say more are damaged. */
const ENTRIES_MAX = 2 ** 24;

/** Of an object whose members are not read yet: its keys, and which of the column's members each is. */
class Form {
	readonly keys: string[] = [];
	readonly members: number[] = [];
	/** Objects of it in its column. */
	count = 0;
}
/** An object that was said before, by its number. */
class Whole {
	readonly number: number;
	constructor(number: number) {
		this.number = number;
	}
}
/** What the objects of a form are made of. */
interface Shape<Value> {
	/** Of the next object. */
	number: number;
	names: readonly string[];
	members: Values<Value>[];
}
/** Of a list whose items are not read yet. */
class List {
	readonly length: number;
	constructor(length: number) {
		this.length = length;
	}
}

type Entry<Value> = Value | Form | Whole | List;

class ColumnReader<Value> {
	private readonly raw: ByteReader;
	private readonly ops: ByteReader;
	private readonly texts: string[];
	private readonly maker: Maker<Value>;
	private textAt = 0;
	/** Texts said, and what was made of each. */
	private readonly said: string[] = [];
	private readonly made: Value[] = [];
	/** Times said, each once. */
	private readonly times: number[] = [];
	private readonly knownTimes = new Set<number>();
	private objectCount = 0;
	/** By number; there is none while its members are read. */
	private readonly objects: Value[] = [];
	private time = 0;
	private readonly uuid = new Uint8Array(UUID_CHARS);

	constructor(raw: ByteReader, said: Uint8Array, maker: Maker<Value>) {
		this.raw = raw;
		const length = raw.count();
		this.ops = new ByteReader(said, 0, length);
		this.texts = utf8.decode(said.subarray(length)).split(TEXT_END);
		this.maker = maker;
	}

	read(): Value[] {
		return this.column(this.ops.count());
	}

	private column(count: number): Value[] {
		if (count > ENTRIES_MAX) throw new RangeError("columns say that they are too long");
		if (count === 0) return [];
		const { ops, maker } = this;
		const entries: Entry<Value>[] = [];
		let forms: Form[] = [];
		let op = ops.byte();
		if (op === OP.forms) {
			forms = this.forms();
			op = ops.byte();
		}
		let [follow, at]: [number, number] = [-1, 0];
		for (;;) {
			if (op >= OP.small) {
				[follow, at] = [OP.int, op - OP.small];
				entries.push(maker.number(at));
			} else if (op >= OP.form) {
				entries.push(forms[op === OP.form + FORM_MAX ? ops.count() : op - OP.form] as Form);
			} else if (op >= OP.next) {
				for (let left = op - OP.next; left >= 0; left--) entries.push(this.follow(follow, ++at));
			} else if (op >= OP.same || op === OP.rest) {
				const last = entries[entries.length - 1] as Value;
				for (let left = op === OP.rest ? count - entries.length : op - OP.same + 1; left > 0; left--)
					entries.push(last);
			} else if (op === OP.said || op === OP.saidTime || op === OP.saidMs || op === OP.saidObject) {
				[follow, at] = [op, ops.count()];
				entries.push(this.follow(follow, at));
			} else if (op === OP.int || op === OP.ints) {
				const values = op === OP.int ? [ops.number()] : this.ints(ops.count());
				[follow, at] = [OP.int, values.at(-1) as number];
				for (const value of values) entries.push(maker.number(value));
			} else if (op === OP.list) entries.push(new List(ops.count()));
			else this.fresh(op, entries);
			if (entries.length >= count) break;
			op = ops.byte();
		}
		if (entries.length > count) throw new RangeError("a column is longer than it says");
		return this.nest(entries, forms);
	}

	private forms(): Form[] {
		const places = new Map<string, number>();
		return Array.from({ length: this.ops.count() }, () => {
			const form = new Form();
			for (let left = this.ops.count(); left > 0; left--) {
				const key = this.text();
				const place = places.get(key) ?? places.size;
				places.set(key, place);
				form.keys.push(key);
				form.members.push(place);
			}
			return form;
		});
	}

	private text(): string {
		const text = this.texts[this.textAt++];
		if (text === undefined) throw new RangeError("columns end too early");
		return text.startsWith(QUOTE) ? (JSON.parse(text) as string) : text;
	}

	private ints(count: number): number[] {
		const values: number[] = [];
		for (let left = count; left > 0; left--) values.push(this.raw.number());
		return values;
	}

	/** What was said under the number `at`. */
	private follow(op: number, at: number): Entry<Value> {
		if (op === OP.int) return this.maker.number(at);
		if (op === OP.saidObject) return new Whole(at);
		const found = op === OP.said ? this.made[at] : this.times[at];
		if (found === undefined) throw new RangeError("columns name what they did not say");
		return op === OP.said ? (found as Value) : this.timeValue(op === OP.saidMs, found as number);
	}

	private timeValue(isMs: boolean, time: number): Value {
		return isMs ? this.maker.number(time) : this.maker.plain(isoOf(time));
	}

	/** Entries that were not said before. */
	private fresh(op: number, entries: Entry<Value>[]): void {
		const { ops, raw, maker } = this;
		const isRun = RUNS.has(op);
		let left = isRun ? ops.count() : 1;
		const kind = isRun ? op - 1 : op;
		const suffix = kind === OP.dotted ? this.suffix() : "";
		for (; left > 0; left--) {
			switch (kind) {
				case OP.text:
					entries.push(this.say(this.text(), false));
					break;
				case OP.uuidV7:
				case OP.dotted:
					this.pass();
					raw.uuid(this.time, this.uuid, 0);
					entries.push(this.sayUuid(suffix));
					break;
				case OP.time:
				case OP.ms:
					this.pass();
					entries.push(this.timeValue(kind === OP.ms, this.time));
					break;
				case OP.uuidOf:
					raw.uuid(this.timeAt(ops.count()), this.uuid, 0);
					entries.push(this.sayUuid(""));
					break;
				case OP.uuid:
					raw.uuid(null, this.uuid, 0);
					entries.push(this.sayUuid(""));
					break;
				case OP.decimal: {
					const digits = ops.count();
					entries.push(maker.number(raw.number() / 10 ** digits));
					break;
				}
				case OP.float:
					entries.push(maker.number(raw.float()));
					break;
				case OP.json:
					entries.push(maker.json(this.text()));
					break;
				case OP.null:
					entries.push(maker.constant(null));
					break;
				case OP.false:
				case OP.true:
					entries.push(maker.constant(kind === OP.true));
					break;
				default:
					throw new RangeError("columns of an unknown kind");
			}
		}
	}

	private say(text: string, isPlain: boolean): Value {
		const value = isPlain ? this.maker.plain(text) : this.maker.text(text);
		this.said.push(text);
		this.made.push(value);
		return value;
	}

	/** @param suffix what follows it behind a point; empty: nothing does */
	private sayUuid(suffix: string): Value {
		const uuid = ascii.decode(this.uuid);
		const value = this.say(uuid, true);
		return suffix === "" ? value : this.maker.text(`${uuid}.${suffix}`);
	}

	private suffix(): string {
		const at = this.ops.count();
		if (at === this.said.length) this.say(this.text(), false);
		const suffix = this.said[at];
		if (suffix === undefined) throw new RangeError("columns name what they did not say");
		return suffix;
	}

	private timeAt(at: number): number {
		const time = this.times[at];
		if (time === undefined) throw new RangeError("columns name what they did not say");
		return time;
	}

	private pass(): void {
		this.time += this.raw.number();
		if (this.knownTimes.has(this.time)) return;
		this.knownTimes.add(this.time);
		this.times.push(this.time);
	}

	private objectAt(number: number): Value {
		const object = this.objects[number];
		if (object === undefined) throw new RangeError("columns name what they did not say");
		return this.maker.again(object);
	}

	/** Reads the columns behind one, and puts what they say into its objects and lists. */
	private nest(entries: Entry<Value>[], forms: readonly Form[]): Value[] {
		let items = 0;
		let isNested = forms.length > 0;
		for (const entry of entries) {
			if (entry instanceof Form) entry.count++;
			else if (entry instanceof List) items += entry.length;
			isNested ||= entry instanceof List || entry instanceof Whole;
		}
		if (!isNested) return entries as Value[];
		const counts: number[] = [];
		const firsts: number[] = [];
		for (const form of forms) {
			firsts.push(this.objectCount);
			this.objectCount += form.count;
			for (const member of form.members) counts[member] = (counts[member] ?? 0) + form.count;
		}
		const members = counts.map((count): Values<Value> => ({ list: this.column(count), at: 0 }));
		const shapes = new Map<Form, Shape<Value>>(
			forms.map((form, place) => [
				form,
				{
					number: firsts[place] as number,
					names: this.maker.names(form.keys),
					members: form.members.map((member) => members[member] as Values<Value>),
				},
			]),
		);
		const itemsRead = this.column(items);
		let itemAt = 0;
		return entries.map((entry) => {
			if (entry instanceof Whole) return this.objectAt(entry.number);
			if (entry instanceof List) {
				itemAt += entry.length;
				return this.maker.list(itemsRead.slice(itemAt - entry.length, itemAt));
			}
			if (!(entry instanceof Form)) return entry;
			const shape = shapes.get(entry) as Shape<Value>;
			const object = this.maker.object(shape.names, shape.members);
			this.objects[shape.number++] = object;
			return object;
		});
	}
}
