/** The dashboard's only way to the collector: its public HTTP contract, with the key of this tab. */
import { changeKey, readKey } from "./state/session.ts";

/** What went wrong, as a view shows it. */
export class ApiError extends Error {
	/** A code of the contract; `offline` when no answer came. */
	readonly code: string;
	/** 0 when no answer came. */
	readonly status: number;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

export interface Call {
	method?: string;
	/** Sent as JSON. */
	body?: unknown;
	signal?: AbortSignal;
	/** In place of the tab's own key. */
	key?: string;
}

/**
 * @throws ApiError for any answer but a good one, and when none comes
 * @throws DOMException `AbortError` when `signal` says so
 */
export async function request(path: string, call: Call = {}): Promise<Response> {
	const key = call.key ?? readKey() ?? "";
	const response = await fetch(path, {
		method: call.method ?? "GET",
		headers: {
			authorization: `Bearer ${key}`,
			...(call.body === undefined ? {} : { "content-type": "application/json" }),
		},
		...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
		...(call.signal === undefined ? {} : { signal: call.signal }),
	}).catch((error: unknown) => {
		if (error instanceof DOMException && error.name === "AbortError") throw error;
		throw new ApiError(0, "offline", String(error));
	});
	if (response.ok) return response;
	const { code, message } = await readError(response);
	// A key that was revoked while the page was open: back to the door, which says why.
	if (response.status === 401 && call.key === undefined) changeKey(null, "expired");
	throw new ApiError(response.status, code, message);
}

export async function requestJson<T>(path: string, call: Call = {}): Promise<T> {
	return (await (await request(path, call)).json()) as T;
}

/**
 * An answer that takes its time and tells how far it is (`progress=1`).
 *
 * @param tell hears shares from 0 to 1
 */
export async function requestSlowly<T>(path: string, signal: AbortSignal, tell: (share: number) => void): Promise<T> {
	type Line = { progress?: number; result?: T; error?: { code: string; message: string } };
	for await (const { progress, result, error } of requestRows<Line>(path, signal)) {
		if (progress !== undefined) tell(progress);
		if (error !== undefined) throw new ApiError(200, error.code, error.message);
		if (result !== undefined) return result;
	}
	throw new ApiError(0, "offline", "The answer broke off.");
}

/** Lines of an NDJSON export, read as far as the caller goes; leaving the loop ends the request. */
export async function* requestRows<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
	const { body } = await request(path, { signal });
	if (body === null) return;
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";
	try {
		for (;;) {
			const { value, done } = await reader.read().catch((error: unknown) => {
				if (signal.aborted) throw error;
				throw new ApiError(0, "offline", String(error));
			});
			const lines = (rest + (value ?? "")).split("\n");
			rest = done ? "" : (lines.pop() ?? "");
			for (const line of lines) if (line !== "") yield JSON.parse(line) as T;
			if (done) return;
		}
	} finally {
		await reader.cancel().catch(() => {}); // Already ended, or ended by `signal`.
	}
}

/** Adds to the query what is not blank. */
export function withQuery(path: string, params: Readonly<Record<string, string | number | undefined>>): string {
	const filled = Object.entries(params).flatMap(([name, value]) =>
		value === undefined || value === "" ? [] : [[name, String(value)]],
	);
	if (filled.length === 0) return path;
	return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(filled)}`;
}

async function readError(response: Response): Promise<{ code: string; message: string }> {
	try {
		const { error } = (await response.json()) as { error: { code: string; message: string } };
		return error;
	} catch {
		// Not the contract's form: something between us and the collector answered.
		return { code: "internal", message: `HTTP ${response.status}` };
	}
}
