/**
 * One request to the collector.
 *
 * The body is `text/plain` and the key stands in the query, since anything else would cost a preflight
 * that cannot finish while a tab closes. The answer's body is always read: unread, it keeps its bytes
 * of the page's `keepalive` budget (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, 64 KiB).
 */
import type { BatchAnswer } from "../wire.ts";

/** What came back; `status` 0 is a network fault, an answer that is not the collector's, or none in time. */
export interface Answer extends Partial<BatchAnswer> {
	kind: "answered";
	status: number;
	/** The header of that name, where the collector named a time. */
	retryAfter: string | null;
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** What a request may have beside its body. */
export type RequestOptions = Pick<RequestInit, "signal" | "keepalive" | "credentials">;

/** Posts a body; begins before it returns, and never rejects. */
export type Send = (url: string, bytes: Bytes, options?: RequestOptions) => Promise<Answer>;

/** How the script sends; the late part puts a better way in place of `send`, and keeps account of `budget`. */
export interface Transport {
	/** The batch address with its key. */
	url: string;
	/**
	 * Begins the request before it returns. Never rejects.
	 * @param isStaying the page will be there for the answer, as far as can be told
	 */
	send(body: Bytes, isStaying?: boolean): Promise<Answer>;
	/** Bytes that a closing page may still hand to the browser. */
	budget: number;
	/** One plain request. */
	post: Send;
	/** What an answer says, however it came. */
	read: typeof readAnswer;
}

/** Below the browsers' 64 KiB, which other scripts of the page share. */
const KEEPALIVE_BYTES_MAX = 56 * 1024;
/** Then the answer is not awaited any longer, and the events are sent again. */
export const ANSWER_WAIT_MS = 60_000;

export const toBytes = (text: string): Bytes => new TextEncoder().encode(text);

/** The request as every part of the script makes it. */
export const toRequest = (body: BodyInit): RequestInit => ({
	method: "POST",
	body,
	headers: { "content-type": "text/plain" },
});

/** What an answer says, however it came; of nothing, a fault. */
function readAnswer(status = 0, text = "", retryAfter: string | null = null): Answer {
	let said: Partial<BatchAnswer> | undefined;
	try {
		said = JSON.parse(text);
	} catch {
		// Not the collector's own words.
	}
	// A captive portal answers 200 with a page of its own: only the collector's word counts.
	return { ...said, kind: "answered", status: status === 200 && !said?.success ? 0 : status, retryAfter };
}

const post: Send = (url, bytes, options) =>
	new Promise<Answer>((resolve, reject) => {
		// Another vendor's fetch may never settle.
		setTimeout(reject, ANSWER_WAIT_MS);
		fetch(url, { ...toRequest(bytes), keepalive: bytes.length < KEEPALIVE_BYTES_MAX, ...options })
			.then(async (response) =>
				resolve(readAnswer(response.status, await response.text(), response.headers.get("retry-after"))),
			)
			.catch(reject);
	}).catch(
		// Offline, refused, reset, not answered in time, blocked by an extension, or broken by another vendor.
		() => readAnswer(),
	);

export const createTransport = (url: string): Transport => ({
	url,
	post,
	read: readAnswer,
	send: (body) => post(url, body),
	budget: KEEPALIVE_BYTES_MAX,
});
