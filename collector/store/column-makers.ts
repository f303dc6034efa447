/** What a reader of columns (column-reader.ts) makes of them: values of JavaScript, or JSON. */

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
	/** @param next gives the value of the member of a key; to be asked once for each key, in their order */
	object(keys: readonly string[], next: (place: number) => Value): Value;
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
	object(keys, next) {
		const object: { [key: string]: unknown } = {};
		for (let place = 0; place < keys.length; place++) {
			const key = keys[place] as string;
			// As JSON.parse does: an own property, whatever it is called.
			if (key === "__proto__") {
				Object.defineProperty(object, key, {
					value: next(place),
					writable: true,
					enumerable: true,
					configurable: true,
				});
			} else object[key] = next(place);
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
	object(keys, next) {
		let text = "{";
		for (let place = 0; place < keys.length; place++) {
			if (place > 0) text += ",";
			text += openingOf(keys[place] as string) + next(place);
		}
		return `${text}}`;
	},
	again: (object) => object,
};
