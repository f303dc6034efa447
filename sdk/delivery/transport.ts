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

/** What an answer says, however it came. */
function readAnswer(status: number, text: string, retryAfter: string | null): Answer {
	const answer: Answer = { status, retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
	try {
		Object.assign(answer, JSON.parse(text));
	} catch {
		// Not the collector's own words.
	}
	// A captive portal answers 200 with a page of its own: only the collector's word counts.
	if (status === 200 && !answer.success) answer.status = 0;
	return answer;
}

/** The way past a `fetch` that another vendor broke. Ends with the page, so it is never the first choice. */
const sendByXhr = (url: string, bytes: Bytes): Promise<Answer> =>
	new Promise((resolve) => {
		const request = new XMLHttpRequest();
		request.open("POST", url);
		request.timeout = ANSWER_WAIT_MS;
		request.setRequestHeader("content-type", "text/plain");
		request.onloadend = () =>
			resolve(readAnswer(request.status, request.responseText, request.getResponseHeader("retry-after")));
		request.send(bytes);
	});

/** @param readUrl the batch address with its key, as it is now */
export function createTransport(readUrl: () => string): Transport {
	let inFlightBytes = 0;
	/** The page's `fetch` is not the browser's, and failed where another way led through. */
	let isFetchBroken = false;
	const budget = (): number => KEEPALIVE_BYTES_MAX - inFlightBytes;

	async function sendByFetch(url: string, bytes: Bytes): Promise<Answer> {
		const aborter = new AbortController();
		const keepalive = bytes.length <= budget();
		const heldBytes = keepalive ? bytes.length : 0;
		inFlightBytes += heldBytes;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const timedOut = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				aborter.abort();
				// A patched fetch may not hear of it.
				reject();
			}, ANSWER_WAIT_MS);
		});
		try {
			const exchange = async (): Promise<Answer> => {
				const response = await fetch(url, { ...toRequest(bytes, aborter.signal), keepalive });
				return readAnswer(response.status, await response.text(), response.headers.get("retry-after"));
			};
			return await Promise.race([exchange(), timedOut]);
		} catch {
			// Offline, refused, reset, timed out, blocked by an extension, or another vendor broke `fetch`.
			return { status: 0, retryAfterMs: 0 };
		} finally {
			clearTimeout(timer);
			inFlightBytes -= heldBytes;
		}
	}

	return {
		budget,
		pack(body, fast) {
			const bytes = new TextEncoder().encode(body);
			return fast || bytes.length < GZIP_BYTES_MIN ? bytes : compress(bytes);
		},
		async send(bytes) {
			const url = readUrl();
			if (!isFetchBroken) {
				const answer = await sendByFetch(url, bytes);
				if (answer.status || /native code/.test(`${fetch}`)) return answer;
			}
			try {
				const answer = await sendByXhr(url, bytes);
				isFetchBroken = !!answer.status;
				return answer;
			} catch {
				// That one is forbidden or broken too.
				return { status: 0, retryAfterMs: 0 };
			}
		},
	};
}
