/** What a column says of its entries, by numbers (column-writer.ts). THEY ARE PART OF THE FORMAT. */

/** Of entries. The one after an operation of these says the same of a run, whose length follows. */
export const OP = {
	/** All that is left is as the entry before. */
	rest: 0,
	null: 1,
	false: 2,
	true: 3,
	/** An integer, which follows; of a run they lie in the raw bytes. */
	int: 4,
	ints: 5,
	/** Digits behind the point follow; in the raw bytes the number without a point. */
	decimal: 6,
	float: 7,
	/** The next text. */
	text: 8,
	texts: 9,
	uuid: 10,
	/** A UUID of version 7 of the time said under the number that follows. */
	uuidOf: 11,
	uuidV7: 12,
	uuidsV7: 13,
	/** A UUID of version 7 and, behind a point, the text that its number names. */
	dotted: 14,
	dotteds: 15,
	/** `2026-01-01T00:00:00.000Z`. */
	time: 16,
	times: 17,
	/** A time as an integer, ms. */
	ms: 18,
	mss: 19,
	/** The text, the time and the time as an integer that was said under the number that follows. */
	said: 20,
	saidTime: 22,
	saidMs: 24,
	/** How many items follows. */
	list: 26,
	/** The next text is its JSON. */
	json: 27,
	/** The object of the number that follows, whole. */
	saidObject: 28,
	/** Of a column: it has objects. How many forms follows, and of each how many keys, which are the next texts. */
	forms: 30,
	/** From here on: so many, less one, that are as the entry before. */
	same: 32,
	/** From here on: so many, less one, each the next after the number, or what was said under a number, that came in this column last. */
	next: 64,
	/** From here on: an object of that form; the last one says that it follows. */
	form: 96,
	/** From here on: a small number. */
	small: 128,
} as const;
export const RUN_MAX = OP.next - OP.same;
export const FORM_MAX = OP.small - 1 - OP.form;

/** Ends a text. */
export const TEXT_END = "\0";
/** A text that begins so stands as JSON, since it cannot stand as it is. */
export const QUOTE = '"';
