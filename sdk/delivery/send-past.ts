/** The way past a `fetch` that another vendor broke: by XMLHttpRequest, which ends with the page, so it is never the first choice. */
import { ANSWER_WAIT_MS, type Answer, type Bytes, type Send, type Transport } from "./transport.ts";

/** The page's `fetch` is not the browser's, and failed where another way led through. */
let isFetchBroken = false;

/**
 * Begins before it returns, and never rejects.
 * @param read makes an answer of what came back; of nothing, a fault
 */
export async function sendPast(
	sendByFetch: Send,
	url: string,
	bytes: Bytes,
	read: Transport["read"],
	credentials?: RequestCredentials,
): Promise<Answer> {
	const sendByXhr = (): Promise<Answer> =>
		new Promise((resolve) => {
			const request = new XMLHttpRequest();
			request.open("POST", url);
			request.timeout = ANSWER_WAIT_MS;
			request.withCredentials = !!credentials;
			request.setRequestHeader("content-type", "text/plain");
			request.onloadend = () =>
				resolve(read(request.status, request.responseText, request.getResponseHeader("retry-after")));
			request.send(bytes);
		});
	if (!isFetchBroken) {
		const answer = await sendByFetch(url, bytes, credentials && { credentials });
		if (answer.status || /native code/.test(`${fetch}`)) return answer;
	}
	try {
		const answer = await sendByXhr();
		isFetchBroken = !!answer.status;
		return answer;
	} catch {
		// That one is forbidden or broken too.
		return read();
	}
}
