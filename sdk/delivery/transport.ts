/**
 * One request to the collector, whatever the page did to `fetch`.
 *
 * The body is `text/plain` and the key stands in the query, since anything else would cost a preflight
 * that cannot finish while a tab closes. The answer's body is always read: unread, it keeps its bytes
 * of the page's `keepalive` budget (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, 64 KiB).
 */
import type { BatchAnswer, Rejected } from "../wire.ts";
import { retryAfterMs } from "./backoff.ts";

/** What came back; `status` 0 is a network fault, an answer that is not the collector's, or none in time. */
export interface Answer {
	status: number;
	/** The collector's own words, where it spoke. */
	body?: Partial<BatchAnswer> & { rejected?: Rejected[] };
	/** Milliseconds, 0 when the collector named no time. */
	retryAfterMs: number;
}

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Transport {
	/** The body as bytes, compressed where that pays. A page that is going away has no time for it. */
	pack(body: string): Promise<Bytes>;
	/** Begins the request before it returns. Never rejects. */
	send(body: Bytes | string, hiding: boolean): Promise<Answer>;
	/** Bytes that a closing page may still hand to the browser. */
	budget(): number;
}

/** Below the browsers' 64 KiB, which other scripts of the page share. */
const KEEPALIVE_BYTES_MAX = 56 * 1024;
/** Shorter bodies grow or hardly shrink. */
const GZIP_BYTES_MIN = 1024;
/** Then the answer is not awaited any longer, and the events are sent again. */
const ANSWER_WAIT_MS = 60_000;

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** The collector knows gzip by its first bytes; the header that says so would force a preflight. */
async function compress(bytes: Bytes): Promise<Bytes> {
	if (bytes.length < GZIP_BYTES_MIN || !window.CompressionStream) return bytes;
	try {
		const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
		return new Uint8Array(await new Response(stream).arrayBuffer());
	} catch {
		// An early implementation without `Blob.stream`, or a page that replaced one of these.
		return bytes;
	}
}

function parseBody(text: string): Answer["body"] {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

interface Reply {
	status: number;
	text: string;
	retryAfter: string | null;
}

async function sendByFetch(url: string, body: BodyInit, keepalive: boolean, signal: AbortSignal): Promise<Reply> {
	const headers = { "content-type": "text/plain" };
	const response = await fetch(url, { method: "POST", body, keepalive, headers, signal });
	const text = await response.text();
	return { status: response.status, text, retryAfter: response.headers.get("retry-after") };
}

function sendByXhr(url: string, body: XMLHttpRequestBodyInit): Promise<Reply> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open("POST", url);
		request.setRequestHeader("content-type", "text/plain");
		request.timeout = ANSWER_WAIT_MS;
		request.onload = () =>
			resolve({
				status: request.status,
				text: request.responseText,
				retryAfter: request.getResponseHeader("retry-after"),
			});
		request.onerror = request.ontimeout = request.onabort = reject;
		request.send(body);
	});
}

/** @param url the batch address with its key */
export function createTransport(url: string): Transport {
	let inFlightBytes = 0;
	/** Another vendor's patched `fetch` may be broken: until it has worked once, a fault makes the next try go the other way. */
	let fetchWorks = false;
	let byXhr = !window.fetch;
	const budget = (): number => KEEPALIVE_BYTES_MAX - inFlightBytes;

	async function exchange(bytes: Bytes, hiding: boolean): Promise<Reply> {
		const fits = bytes.length <= budget();
		if (hiding && byXhr && navigator.sendBeacon?.(url, new Blob([bytes], { type: "text/plain" }))) {
			// Handed over, and no answer will tell: it stays queued and is sent again.
			return { status: 0, text: "", retryAfter: null };
		}
		if (byXhr) return sendByXhr(url, bytes);
		const aborter = new AbortController();
		const timer = setTimeout(() => aborter.abort(), ANSWER_WAIT_MS);
		if (fits) inFlightBytes += bytes.length;
		try {
			const reply = await sendByFetch(url, bytes, fits, aborter.signal);
			fetchWorks = true;
			return reply;
		} finally {
			clearTimeout(timer);
			if (fits) inFlightBytes -= bytes.length;
		}
	}

	return {
		budget,
		pack: (body) => compress(encode(body)),
		async send(body, hiding) {
			try {
				const reply = await exchange(typeof body === "string" ? encode(body) : body, hiding);
				const answer = parseBody(reply.text);
				// A captive portal answers 200 with a page of its own: only the collector's word counts.
				const status = reply.status === 200 && !answer?.success ? 0 : reply.status;
				return { status, ...(answer && { body: answer }), retryAfterMs: retryAfterMs(reply.retryAfter, Date.now()) };
			} catch {
				// Offline, refused, reset, timed out, blocked by an extension, or `fetch` itself is broken.
				byXhr = !window.fetch || (!fetchWorks && !byXhr);
				return { status: 0, retryAfterMs: 0 };
			}
		},
	};
}
