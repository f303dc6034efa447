/** Query parameters, read with the contract's errors. */
import type { AppContext } from "./http.ts";
import { Refusal } from "./http.ts";

function refuse(field: string, message: string): never {
	throw new Refusal(400, "bad_parameter", message, { field });
}

/** Refuses a parameter that the call does not know: a typo must not silently widen an export. */
export function checkNames(c: AppContext, known: readonly string[]): void {
	for (const name of Object.keys(c.req.query())) {
		if (!known.includes(name)) refuse(name, `Unknown parameter. Known: ${known.join(", ")}.`);
	}
}

/** ISO 8601 date or time, or ms since the epoch. @returns ms */
export function readTime(c: AppContext, name: string): number | undefined {
	const text = c.req.query(name);
	if (text === undefined || text === "") return undefined;
	const ms = /^\d{12,14}$/.test(text) ? Number(text) : Date.parse(text);
	if (!Number.isFinite(ms)) refuse(name, "Not a time: use ISO 8601, for example 2026-01-31 or 2026-01-31T08:00:00Z.");
	return ms;
}

export function readFlag(c: AppContext, name: string): boolean | undefined {
	const text = c.req.query(name);
	if (text === undefined || text === "") return undefined;
	if (text === "1" || text === "true") return true;
	if (text === "0" || text === "false") return false;
	return refuse(name, "Use 1 or 0.");
}

export function readCount(c: AppContext, name: string, max: number): number | undefined {
	const text = c.req.query(name);
	if (text === undefined || text === "") return undefined;
	const count = Number(text);
	if (!Number.isSafeInteger(count) || count < 1 || count > max) refuse(name, `A whole number from 1 to ${max}.`);
	return count;
}

export function readChoice<T extends string>(c: AppContext, name: string, choices: readonly T[], usual: T): T {
	const text = c.req.query(name);
	if (text === undefined || text === "") return usual;
	const found = choices.find((choice) => choice === text);
	return found ?? refuse(name, `One of ${choices.join(", ")}.`);
}

/** `shard:key`, as the call before gave it. */
export interface Cursor {
	shard: number;
	after: string;
}

export function readCursor(c: AppContext, shards: number): Cursor {
	const text = c.req.query("cursor");
	if (text === undefined || text === "") return { shard: 0, after: "" };
	const [, shard = "", after = ""] = /^(\d{1,4}):(.*)$/s.exec(text) ?? refuse("cursor", "Not a cursor of this call.");
	if (Number(shard) >= shards) refuse("cursor", "Not a cursor of this call.");
	return { shard: Number(shard), after };
}
