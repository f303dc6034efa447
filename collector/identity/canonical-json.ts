/**
 * One text for one JSON value, whatever the order of its keys.
 */

/** Text that is already JSON, waiting on the stack between values. */
class Written {
	readonly text: string;
	constructor(text: string) {
		this.text = text;
	}
}

/**
 * @param value JSON; keys whose value is undefined are left out, as `JSON.stringify` does
 * @returns JSON without spaces, keys sorted by code unit. Walks with a stack of its own, because
 *   what a stranger sent may be nested deeper than the runtime's.
 */
export function canonicalJson(value: unknown): string {
	const out: string[] = [];
	const waiting: unknown[] = [value];
	while (waiting.length > 0) {
		const next = waiting.pop();
		if (next instanceof Written) {
			out.push(next.text);
		} else if (Array.isArray(next)) {
			out.push("[");
			waiting.push(new Written("]"));
			for (let index = next.length - 1; index >= 0; index--) {
				waiting.push(next[index]);
				if (index > 0) waiting.push(new Written(","));
			}
		} else if (typeof next === "object" && next !== null) {
			const fields = next as { [key: string]: unknown };
			const keys = Object.keys(fields)
				.filter((key) => fields[key] !== undefined)
				.sort();
			out.push("{");
			waiting.push(new Written("}"));
			for (let index = keys.length - 1; index >= 0; index--) {
				const key = keys[index] as string;
				waiting.push(fields[key], new Written(`${index > 0 ? "," : ""}${JSON.stringify(key)}:`));
			}
		} else {
			out.push(JSON.stringify(next) ?? "null");
		}
	}
	return out.join("");
}
