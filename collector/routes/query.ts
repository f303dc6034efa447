/** Query parameters, read with the contract's errors. */
import { parseChangeCursor } from "./change-cursor.ts";
import type { AppContext } from "./http.ts";
import { Refusal } from "./http.ts";

export function refuse(field: string, message: string): never {
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

/** `from`, inclusive, and `to`, exclusive; ms. */
export function readRange(c: AppContext): { from?: number; to?: number } {
	const from = readTime(c, "from");
	const to = readTime(c, "to");
	if (from !== undefined && to !== undefined && from >= to) refuse("to", "Must be later than from.");
	return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
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

/** Whole number or fraction within bounds. */
export function readNumber(c: AppContext, name: string, min: number, max: number): number | undefined {
	const text = c.req.query(name);
	if (text === undefined || text === "") return undefined;
	const number = Number(text);
	if (!Number.isFinite(number) || number < min || number > max) refuse(name, `A number from ${min} to ${max}.`);
	return number;
}

/** Several of `choices`, with commas between; `usual` when not given. */
export function readChoices<T extends string>(
	c: AppContext,
	name: string,
	choices: readonly T[],
	usual: readonly T[],
): readonly T[] {
	const words = readWords(c, name);
	if (words === undefined) return usual;
	return words.map(
		(word) => choices.find((choice) => choice === word) ?? refuse(name, `Out of ${choices.join(", ")}, not "${word}".`),
	);
}

/** Words with commas between; undefined when there is none. */
export function readWords(c: AppContext, name: string): string[] | undefined {
	const words = (c.req.query(name) ?? "").split(",").map((word) => word.trim());
	const given = words.filter((word) => word !== "");
	return given.length === 0 ? undefined : given;
}

/** IANA time zone. */
export function readZone(c: AppContext, name: string): string | undefined {
	const zone = c.req.query(name);
	if (zone === undefined || zone === "") return undefined;
	try {
		return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
	} catch {
		return refuse(name, "Not a time zone: use an IANA name, for example Asia/Shanghai.");
	}
}

/** Where a page ended; opaque to the caller. */
export interface Cursor<Place> {
	shard: number;
	place: Place;
}

export function writeCursor<Place>(cursor: Cursor<Place>): string {
	const bytes = new TextEncoder().encode(JSON.stringify(cursor));
	return btoa(String.fromCharCode(...bytes))
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replaceAll("=", "");
}

/** @param isPlace a guard against cursors of another call */
export function readCursor<Place>(
	c: AppContext,
	shards: number,
	isPlace: (value: unknown) => value is Place,
): Cursor<Place> | undefined {
	const text = c.req.query("cursor");
	if (text === undefined || text === "") return undefined;
	const wrong = () => refuse("cursor", "Not a cursor of this call: use the one that the page before handed out.");
	try {
		const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
		const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Cursor<unknown>> | null;
		const shard = value?.shard;
		const place = value?.place;
		if (!Number.isInteger(shard) || Number(shard) < 0 || Number(shard) >= shards || !isPlace(place)) return wrong();
		return { shard: Number(shard), place };
	} catch (error) {
		if (error instanceof Refusal) throw error;
		return wrong();
	}
}

/** @param held numbers that each shard can still tell of */
export function readChangeCursor(
	c: AppContext,
	held: readonly { first: number; last: number }[],
): number[] | undefined {
	const text = c.req.query("changedSince");
	if (text === undefined || text === "") return undefined;
	const cursor = parseChangeCursor(text, held);
	return cursor.ok ? cursor.numbers : refuse("changedSince", cursor.message);
}
