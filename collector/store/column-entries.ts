/** What stands in a column that is being written (column-writer.ts): scalars as they are, objects and lists by what is said of them there. */

/** An object whose members are in the columns behind. */
export class Form {
	readonly form: number;
	constructor(form: number) {
		this.form = form;
	}
}
/** One for each number, so that like entries are the same. */
const FORMS: Form[] = [];

export function formEntry(form: number): Form {
	if (form === FORMS.length) FORMS.push(new Form(form));
	return FORMS[form] as Form;
}

/** An object that was said before, by its number. */
export class Whole {
	number = 0;
}
export class List {
	readonly length: number;
	constructor(length: number) {
		this.length = length;
	}
}
export class Deep {
	readonly json: string;
	constructor(json: string) {
		this.json = json;
	}
}
export type Entry = string | number | boolean | null | Form | Whole | List | Deep;

/** What lies in the objects of a column. */
export interface Nested {
	forms: string[][];
	/** By form, its objects; null for one that is not looked for again. */
	objects: (Whole | null)[][];
	/** Those that are looked for again, by their JSON. Columns behind this one cannot name them: a reader makes them first. */
	own: Map<string, Whole>;
	/** Of the forms' keys, in the order in which they first came. */
	members: Map<string, unknown[]>;
}

/** Number of the form with these keys, which is the latest one mostly. */
export function formOf(keys: string[], forms: string[][]): number {
	for (let form = forms.length - 1; form >= 0; form--) {
		const known = forms[form] as string[];
		if (known.length !== keys.length) continue;
		let same = 0;
		while (same < keys.length && known[same] === keys[same]) same++;
		if (same === keys.length) return form;
	}
	return forms.push(keys) - 1;
}
