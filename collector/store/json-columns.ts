/**
 * JSON records of like shape, column by column: what is the same in each is said once, and keys stand once for all.
 * Deflate would find the same repeats, but each costs it three bytes, and a record has twenty.
 *
 * Everything comes back as it was, in the order of its keys; `undefined` is left out, as `JSON.stringify` does.
 */

/** What stands at one place in all records that have it. */
interface Column {
	/** Which keys an object here may have, in their order. */
	forms: string[][];
	/** Of the forms' keys, in the order in which they first came. */
	children: Map<string, Column>;
	/** One for each record that has the place; null: as in the record before. */
	entries: Entry[];
	/** Reading: how many were read, and what was read last. */
	read: number;
	last: Entry | undefined;
}

/** `[form]`: an object; `[-1, value]`: a value that would be taken for something else; else a value as it is. */
type Entry = string | number | boolean | null | [form: number] | [escaped: -1, value: unknown];
const ESCAPED = -1;

/** A column as it is stored: its entries; behind forms and children, where it holds objects. */
type StoredColumn = Entry[] | { f: string[][]; c: StoredColumn[]; e: Entry[] };

function createColumn(): Column {
	return { forms: [], children: new Map(), entries: [], read: 0, last: undefined };
}

/** @returns JSON; an empty list is fine */
export function writeColumns(records: readonly object[]): string {
	const root = createColumn();
	for (const record of records) add(root, record);
	return JSON.stringify([records.length, store(root)]);
}

/** @throws SyntaxError or TypeError on a text that {@link writeColumns} did not make */
export function readColumns(text: string): unknown[] {
	const [count, stored] = JSON.parse(text) as [number, StoredColumn];
	const root = load(stored);
	return Array.from({ length: count }, () => take(root));
}

function add(column: Column, value: unknown): void {
	if (typeof value !== "object" || value === null) {
		const isSame = value === column.last && value !== null;
		column.last = value as Entry;
		column.entries.push(isSame ? null : value === null ? [ESCAPED, null] : (value as Entry));
		return;
	}
	if (Array.isArray(value)) {
		column.last = undefined;
		column.entries.push([ESCAPED, value]);
		return;
	}
	const form = formOf(column, value);
	const isSame = Array.isArray(column.last) && column.last[0] === form;
	if (!isSame) column.last = [form];
	column.entries.push(isSame ? null : (column.last as Entry));
	for (const key of column.forms[form] as string[]) {
		add(column.children.get(key) as Column, (value as { [key: string]: unknown })[key]);
	}
}

/** Number of the form with the keys of `value`, which is the latest one mostly. */
function formOf(column: Column, value: object): number {
	const record = value as { [key: string]: unknown };
	const keys = Object.keys(record).filter((key) => record[key] !== undefined);
	for (let form = column.forms.length - 1; form >= 0; form--) {
		const known = column.forms[form] as string[];
		if (known.length === keys.length && known.every((key, index) => key === keys[index])) return form;
	}
	for (const key of keys) if (!column.children.has(key)) column.children.set(key, createColumn());
	return column.forms.push(keys) - 1;
}

function store({ forms, children, entries }: Column): StoredColumn {
	let end = entries.length;
	while (end > 0 && entries[end - 1] === null) end--;
	const said = entries.slice(0, end);
	return forms.length === 0 ? said : { f: forms, c: [...children.values()].map(store), e: said };
}

function load(stored: StoredColumn): Column {
	const column = createColumn();
	if (Array.isArray(stored)) {
		column.entries = stored;
		return column;
	}
	column.entries = stored.e;
	column.forms = stored.f;
	const keys = new Set(stored.f.flat());
	for (const [index, key] of [...keys].entries()) column.children.set(key, load(stored.c[index] as StoredColumn));
	return column;
}

function take(column: Column): unknown {
	const entry = column.entries[column.read++] ?? column.last;
	column.last = entry;
	if (!Array.isArray(entry)) return entry;
	const [form] = entry;
	if (form === ESCAPED) return entry[1];
	const object: { [key: string]: unknown } = {};
	for (const key of column.forms[form] as string[]) {
		const value = take(column.children.get(key) as Column);
		// As JSON.parse does: an own property, whatever it is called.
		if (key === "__proto__")
			Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
		else object[key] = value;
	}
	return object;
}
