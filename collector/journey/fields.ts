/**
 * Reading values that a stranger sent. A value of the wrong type is treated as absent: the rest of
 * the event still counts, and nothing here throws.
 */
import type { Json, JsonObject } from "../model.ts";

/** Longest text that a touchpoint keeps of one field, UTF-16 units; what is longer is cut. */
export const TEXT_CHARS_MAX = 4096;

/** @returns the trimmed text, or a finite number as text; undefined when blank or of another type */
export function readText(value: unknown, charsMax: number = TEXT_CHARS_MAX): string | undefined {
	if (typeof value === "number" && Number.isFinite(value)) return String(value);
	if (typeof value !== "string") return undefined;
	const text = value.trim();
	if (text === "") return undefined;
	// A cut through a surrogate pair would leave a lone half, which UTF-8 cannot hold.
	return text.length > charsMax ? text.slice(0, charsMax).toWellFormed() : text;
}

/** @returns a finite number; plain decimal text counts ("12.50"), thousands separators and signs of money do not */
export function readNumber(value: unknown): number | undefined {
	if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
	if (typeof value !== "string" || !/^\s*-?\d{1,15}(\.\d{1,12})?\s*$/.test(value)) return undefined;
	return Number(value);
}

/** @returns a finite number clamped into [min, max]; undefined when it is no number */
export function readClamped(value: unknown, min: number, max: number): number | undefined {
	const number = readNumber(value);
	return number === undefined ? undefined : Math.min(max, Math.max(min, number));
}

/** @returns the object itself, or undefined for arrays, null and everything else */
export function readObject(value: unknown): JsonObject | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** @returns the first of `keys` that holds text */
export function firstText(from: JsonObject | undefined, keys: readonly string[]): string | undefined {
	if (from === undefined) return undefined;
	for (const key of keys) {
		const text = readText(from[key]);
		if (text !== undefined) return text;
	}
	return undefined;
}

/** @returns `value` when it is one of `allowed` */
export function readOneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
	return allowed.find((one) => one === value);
}

/** @returns a copy without the members that are undefined; undefined when none is left */
export function compact<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T | undefined {
	const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
	return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

/** Own entries of an object whose values are finite numbers; undefined when there is none. */
export function readCounts(value: Json | unknown): { [name: string]: number } | undefined {
	const from = readObject(value);
	if (from === undefined) return undefined;
	const entries = Object.entries(from).filter(
		(entry): entry is [string, number] => typeof entry[1] === "number" && Number.isFinite(entry[1]),
	);
	return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
