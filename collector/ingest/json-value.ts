/**
 * Leaf helpers over parsed JSON of unknown shape: kinds, depth, size, and the two things that JSON
 * can carry and a program had better not (lone surrogates and `__proto__` keys).
 */
import type { Json } from "../../sdk/wire.ts";

/** An object as `JSON.parse` makes it, before anything is known of it. */
export type UnknownObject = { readonly [key: string]: unknown };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** True for objects that are neither null nor arrays. */
export function isObject(value: unknown): value is UnknownObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True if objects and arrays nest more than `levels` deep; a scalar has depth 0. Never recurses past `levels`. */
export function isDeeper(value: unknown, levels: number): boolean {
	if (typeof value !== "object" || value === null) return false;
	if (levels === 0) return true;
	if (Array.isArray(value)) {
		for (const item of value) if (isDeeper(item, levels - 1)) return true;
		return false;
	}
	// for…in instead of Object.values: no array an object, on the path that every event takes.
	for (const key in value) if (isDeeper((value as UnknownObject)[key], levels - 1)) return true;
	return false;
}

/** UTF-8 length of `value` as compact JSON is above `bytesMax`. `value` must not be too deep to print. */
export function isLarger(value: unknown, bytesMax: number): boolean {
	const text = JSON.stringify(value) ?? "";
	// A UTF-16 unit is one to three bytes of UTF-8, which settles nearly every event without encoding it.
	if (text.length > bytesMax) return true;
	if (text.length * 3 <= bytesMax) return false;
	return encoder.encode(text).length > bytesMax;
}

/**
 * The first `bytesMax` bytes of `value` as compact JSON, cut between characters. Levels below
 * `levels` are shown as `"…"`, so that no depth can exhaust the stack.
 */
export function printStart(value: unknown, bytesMax: number, levels: number): string {
	const text = JSON.stringify(isDeeper(value, levels) ? cutDepth(value, levels) : value) ?? "null";
	const buffer = new Uint8Array(bytesMax);
	return decoder.decode(buffer.subarray(0, encoder.encodeInto(text, buffer).written));
}

function cutDepth(value: unknown, levels: number): unknown {
	if (typeof value !== "object" || value === null) return value;
	if (levels === 0) return "…";
	if (Array.isArray(value)) return value.map((item) => cutDepth(item, levels - 1));
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutDepth(item, levels - 1)]));
}

/**
 * A copy of parsed JSON in which lone surrogates are U+FFFD (SQLite and UTF-8 cannot keep them, so an
 * id would not equal itself after a round trip) and `__proto__` keys are gone. Below `levels` the
 * value is left as it is: such an event is refused anyway.
 */
export function cleanJson(value: Json, levels: number): Json {
	if (typeof value === "string") return value.replace(/\p{Surrogate}/gu, "\uFFFD");
	if (typeof value !== "object" || value === null || levels === 0) return value;
	if (Array.isArray(value)) return value.map((item) => cleanJson(item, levels - 1));
	return Object.fromEntries(
		Object.entries(value)
			.filter(([key]) => key !== "__proto__")
			.map(([key, item]) => [key.replace(/\p{Surrogate}/gu, "\uFFFD"), cleanJson(item, levels - 1)]),
	);
}
