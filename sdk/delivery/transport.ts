/**
 * One request to the collector.
 *
 * The body is `text/plain` and the key stands in the query, since anything else would cost a preflight
 * that cannot finish while a tab closes. The answer's body is always read: unread, it keeps its bytes
 * of the page's `keepalive` budget (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, 64 KiB).
 */
import type { BatchAnswer } from "../wire.ts";
import type { CookieOwner, SendBetter } from "./send-better.ts";

/** What came back; `status` 0 is a network fault, an answer that is not the collector's, or none in time. */
export interface Answer extends Partial<BatchAnswer> {
	kind: "answered";
	status: number;
	/** The header of that name, where the collector named a time. */
	retryAfter: string | null;
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** Posts a body; begins before it returns, and never rejects. */
export type Send = (url: string, bytes: Bytes, credentials?: RequestCredentials) => Promise<Answer>;

export interface Transport {
	/**
	 * Begins the request before it returns. Never rejects.
	 * @param isStaying the page will be there for the answer, as far as can be told
	 */
	send(body: Bytes, isStaying?: boolean): Promise<Answer>;
	/** Bytes that a closing page may still hand to the browser. */
	budget(): number;
}

/** Below the browsers' 64 KiB, which other scripts of the page share. */
const KEEPALIVE_BYTES_MAX = 56 * 1024;
/** Then the answer is not awaited any longer, and the events are sent again. */
export const ANSWER_WAIT_MS = 60_000;

export const toBytes = (text: string): Bytes => new TextEncoder().encode(text);

/** The request as every part of the script makes it. */
export const toRequest = (body: BodyInit, signal: AbortSignal): RequestInit => ({
	method: "POST",
	body,
	headers: { "content-type": "text/plain" },
	signal,
});

/** What an answer says, however it came. */
export function readAnswer(status = 0, text = "", retryAfter: string | null = null): Answer {
	let said: Partial<BatchAnswer> | undefined;
	try {
		said = JSON.parse(text);
	} catch {
		// Not the collector's own words.
	}
	// A captive portal answers 200 with a page of its own: only the collector's word counts.
	return { ...said, kind: "answered", status: status === 200 && !said?.success ? 0 : status, retryAfter };
}

/**
 * @param url    the batch address with its key
 * @param owner  whose cookie an answer may renew
 * @param late   more than a plain request, once it has come
 */
export function createTransport(url: string, owner: CookieOwner, late: { sendBetter?: SendBetter }): Transport {
	let inFlightBytes = 0;
	const budget = (): number => KEEPALIVE_BYTES_MAX - inFlightBytes;

	const sendByFetch: Send = async (url, bytes, credentials) => {
		const heldBytes = bytes.length > budget() ? 0 : bytes.length;
		const aborter = new AbortController();
		const { signal } = aborter;
		inFlightBytes += heldBytes;
		const answer = await new Promise<Answer>((resolve, reject) => {
			// Another vendor's fetch may never settle.
			setTimeout(reject, ANSWER_WAIT_MS);
			// What was under way when the page went into the back/forward cache is never answered, nor aborted.
			addEventListener("pageshow", ({ persisted }) => persisted && reject(), { signal });
			fetch(url, { ...toRequest(bytes, signal), keepalive: !!heldBytes, credentials } as RequestInit)
				.then(async (response) =>
					resolve(readAnswer(response.status, await response.text(), response.headers.get("retry-after"))),
				)
				.catch(reject);
		}).catch(
			// Offline, refused, reset, not answered in time, blocked by an extension, or broken by another vendor.
			() => readAnswer(),
		);
		// Gives up what was not answered in time, and hears of no more returns.
		aborter.abort();
		inFlightBytes -= heldBytes;
		return answer;
	};

	return {
		budget,
		send: (bytes, isStaying) =>
			// An answer that nobody awaits could bring the id cookie back to who withdraws on the next page.
			isStaying && late.sendBetter
				? late.sendBetter(sendByFetch, url, bytes, owner, readAnswer)
				: sendByFetch(url, bytes),
	};
}
