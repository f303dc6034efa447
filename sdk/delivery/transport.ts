/**
 * One request to the collector.
 *
 * The body is `text/plain` and the key stands in the query, since anything else would cost a preflight
 * that cannot finish while a tab closes. The answer's body is always read: unread, it keeps its bytes
 * of the page's `keepalive` budget (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, 64 KiB).
 */
import type { BatchAnswer } from "../wire.ts";
import { retryAfterMs } from "./backoff.ts";

/** What came back; `status` 0 is a network fault, an answer that is not the collector's, or none in time. */
export interface Answer extends Partial<BatchAnswer> {
	status: number;
	/** Milliseconds, 0 when the collector named no time. */
	retryAfterMs: number;
}

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Transport {
	/** The body as bytes, compressed where that pays and `fast` does not forbid it. */
	pack(body: string, fast?: boolean): Promise<Bytes> | Bytes;
	/** Begins the request before it returns. Never rejects. */
	send(body: Bytes): Promise<Answer>;
	/** Bytes that a closing page may still hand to the browser. */
	budget(): number;
}

/** Below the browsers' 64 KiB, which other scripts of the page share. */
const KEEPALIVE_BYTES_MAX = 56 * 1024;
/** Shorter bodies grow or hardly shrink. */
const GZIP_BYTES_MIN = 1024;
/** Then the answer is not awaited any longer, and the events are sent again. */
const ANSWER_WAIT_MS = 60_000;

/** The request as every part of the script makes it. */
export const toRequest = (body: BodyInit, signal: AbortSignal): RequestInit => ({
	method: "POST",
	body,
	headers: { "content-type": "text/plain" },
	signal,
});

/** The collector knows gzip by its first bytes; the header that says so would force a preflight. */
async function compress(bytes: Bytes): Promise<Bytes> {
	try {
		const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
		return new Uint8Array(await new Response(stream).arrayBuffer());
	} catch {
		// No CompressionStream here, or a page that replaced one of these.
		return bytes;
	}
}

/** @param readUrl the batch address with its key, as it is now */
export function createTransport(readUrl: () => string): Transport {
	let inFlightBytes = 0;
	const budget = (): number => KEEPALIVE_BYTES_MAX - inFlightBytes;
	return {
		budget,
		pack(body, fast) {
			const bytes = new TextEncoder().encode(body);
			return fast || bytes.length < GZIP_BYTES_MIN ? bytes : compress(bytes);
		},
		async send(bytes) {
			const aborter = new AbortController();
			const timer = setTimeout(() => aborter.abort(), ANSWER_WAIT_MS);
			const keepalive = bytes.length <= budget();
			const heldBytes = keepalive ? bytes.length : 0;
			inFlightBytes += heldBytes;
			try {
				const response = await fetch(readUrl(), { ...toRequest(bytes, aborter.signal), keepalive });
				const { status, headers } = response;
				const text = await response.text();
				const answer: Answer = { status, retryAfterMs: retryAfterMs(headers.get("retry-after"), Date.now()) };
				try {
					Object.assign(answer, JSON.parse(text));
				} catch {
					// Not the collector's own words.
				}
				// A captive portal answers 200 with a page of its own: only the collector's word counts.
				if (response.ok && !answer.success) answer.status = 0;
				return answer;
			} catch {
				// Offline, refused, reset, timed out, blocked by an extension, or another vendor broke `fetch`.
				return { status: 0, retryAfterMs: 0 };
			} finally {
				clearTimeout(timer);
				inFlightBytes -= heldBytes;
			}
		},
	};
}
