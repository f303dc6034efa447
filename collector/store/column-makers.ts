/** What a reader of columns (column-reader.ts) makes of them: values of JavaScript, or JSON. */

/** Values of a column, and which of them comes next. */
export interface Values<Value> {
	list: readonly Value[];
	at: number;
}

/** What is made of values as they are read. */
export interface Maker<Value> {
	text(text: string): Value;
	number(number: number): Value;
	constant(constant: null | boolean): Value;
	/** The same of an id or a time, in which nothing is to be escaped. */
	plain(text: string): Value;
	/** Of a text that is JSON. */
	json(text: string): Value;
	list(items: Value[]): Value;
	/** What stands before the values of members, once for all objects of these keys: what {@link object} is told. */
	names(keys: readonly string[]): readonly string[];
	/**
	 * @param names   as {@link names} gave them
	 * @param members where the values of each lie
	 */
	object(names: readonly string[], members: readonly Values<Value>[]): Value;
	/** Of an object that was made before, and has no others in it. */
	again(object: Value): Value;
}

/** JavaScript's own values. */
export const OBJECTS: Maker<unknown> = {
	text: (text) => text,
	plain: (text) => text,
	number: (number) => number,
	constant: (constant) => constant,
	json: (text) => JSON.parse(text) as unknown,
	list: (items) => items,
	names: (keys) => keys,
	object(keys, members) {
		const object: { [key: string]: unknown } = {};
		for (let place = 0; place < keys.length; place++) {
			const key = keys[place] as string;
			const values = members[place] as Values<unknown>;
			const value = values.list[values.at++];
			// As JSON.parse does: an own property, whatever it is called.
			if (key === "__proto__") {
				Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
			} else object[key] = value;
		}
		return object;
	},
	again: (object) => ({ ...(object as object) }),
};

/** `"key":`, by key. */
const openings = new Map<string, string>();
const OPENINGS_MAX = 4096;

function openingOf(key: string): string {
	let opening = openings.get(key);
	if (opening === undefined) {
		opening = `${JSON.stringify(key)}:`;
		if (openings.size >= OPENINGS_MAX) openings.clear();
		openings.set(key, opening);
	}
	return opening;
}

/** Their JSON. */
export const TEXTS: Maker<string> = {
	text: (text) => JSON.stringify(text),
	plain: (text) => `"${text}"`,
	number: String,
	constant: String,
	json: (text) => text,
	list: (items) => `[${items.join(",")}]`,
	names: (keys) => keys.map((key, place) => (place === 0 ? "{" : ",") + openingOf(key)),
	object(names, members) {
		if (names.length === 0) return "{}";
		let text = "";
		for (let place = 0; place < names.length; place++) {
			const values = members[place] as Values<string>;
			text += (names[place] as string) + (values.list[values.at++] as string);
		}
		return `${text}}`;
	},
	again: (object) => object,
};
