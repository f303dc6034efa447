/**
 * Bytes of a request → JSON. Knows gzip by its first bytes, because a `Content-Encoding` header would
 * cost browsers a preflight. Nothing here trusts a header.
 */
import { gunzipSync } from "node:zlib";
import type { ErrorCode, Json } from "../../sdk/wire.ts";
import { cleanJson } from "./json-value.ts";
import { INGEST_LIMITS } from "./limits.ts";

export interface Refusal {
	ok: false;
	/** HTTP status of the whole request. */
	status: 400 | 413;
	code: ErrorCode;
	message: string;
	/** Dotted path of the wrong field, where one is. */
	field?: string;
}

/** `bytes`: length after inflating; lets {@link acceptEvents} skip measuring the events of a small body. */
export type BodyResult = { ok: true; value: Json; bytes: number } | Refusal;

// The batch's array and the batch itself stand above its events.
const CLEAN_LEVELS = INGEST_LIMITS.eventDepthMax + 3;
// Escapes of surrogates and every spelling of `__proto__`: only then is the value worth walking.
const SUSPECT = /\\u(?:d[89a-f]|00[57]|006f)|__proto__/i;

/**
 * Reads a request body: gzip or plain, strict UTF-8 (a byte order mark is tolerated), JSON of any kind.
 *
 * Lone surrogates become U+FFFD and `__proto__` keys are dropped, at every level that an event may have.
 *
 * @param bytes  the body as received
 * @param limits `bodyBytesMax` counts after inflating; a gzip bomb is never inflated past it
 * @returns 413 `body_too_large`, or 400 `not_json` for an empty body, broken gzip, broken UTF-8 and broken JSON
 */
export function readBody(bytes: Uint8Array, limits: { bodyBytesMax: number }): BodyResult {
	if (bytes.length > limits.bodyBytesMax) return tooLarge(limits.bodyBytesMax);
	let plain = bytes;
	if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
		try {
			plain = gunzipSync(bytes, { maxOutputLength: limits.bodyBytesMax });
		} catch (error) {
			// Two cases: the cap was passed, or the stream is broken or cut off.
			if (isOutputCap(error)) return tooLarge(limits.bodyBytesMax);
			return notJson("The body starts like gzip but cannot be inflated.");
		}
	}
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(plain);
	} catch {
		return notJson("The body is not valid UTF-8.");
	}
	try {
		const value = JSON.parse(text) as Json;
		return { ok: true, value: SUSPECT.test(text) ? cleanJson(value, CLEAN_LEVELS) : value, bytes: plain.length };
	} catch {
		// Node's message quotes the body, which may hold personal data.
		return notJson("The body is not valid JSON.");
	}
}

function isOutputCap(error: unknown): boolean {
	return error instanceof RangeError || (error as { code?: unknown } | null)?.code === "ERR_BUFFER_TOO_LARGE";
}

function tooLarge(bytesMax: number): Refusal {
	return {
		ok: false,
		status: 413,
		code: "body_too_large",
		message: `The body is larger than ${bytesMax} bytes after inflating. Send fewer events at a time.`,
	};
}

function notJson(message: string): Refusal {
	return { ok: false, status: 400, code: "not_json", message };
}
