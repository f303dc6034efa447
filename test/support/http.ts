/** Plain requests that show what is on the wire: nothing decoded, followed or added. */

import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

export interface HttpAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

/** GET over HTTP/1.1. Unlike `fetch` it neither inflates the body nor follows redirects, and keeps the path as written. */
export async function get(url: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
	const { origin, port, hostname } = new URL(url);
	const path = url.slice(origin.length) || "/";
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		request({ hostname, port, path, headers }, resolve).once("error", reject).end();
	});
	return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}
