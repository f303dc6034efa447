/** What sent an event: our script, one of our senders, or another vendor's library. */
import type { WireEvent } from "../../sdk/wire.ts";
import { isObject } from "./json-value.ts";

const CHARS_MAX = 64;

/** @returns for example `strand.js 0.1.0`, `analytics.js 5.2.0`; empty where the event does not say */
export function readLibrary({ context }: Pick<WireEvent, "context">): string {
	const { strand, library } = context ?? {};
	if (isObject(strand)) return join("strand.js", strand.version);
	return isObject(library) && typeof library.name === "string" ? join(library.name, library.version) : "";
}

/** The name comes from anybody: no longer than it needs to be, and nothing but print. */
function join(name: string, version: unknown): string {
	const text = typeof version === "string" ? `${name} ${version}` : name;
	return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "").slice(0, CHARS_MAX);
}
