/**
 * Stands between browser and collector and breaks what it is told to: answers in the collector's
 * place, delays, resets connections before or after the collector has processed a request. Remembers
 * every batch that came, as it came.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { Batch, WireEvent } from "../../sdk/wire.ts";

export interface BatchRequest {
	/** When it came, ms since the epoch. */
	at: number;
	/** Bytes of the body as sent. */
	bytes: number;
	isCompressed: boolean;
	batch: Batch;
	/** Events with the batch's context filled in. */
	events: WireEvent[];
	/** What was answered; 0 for a reset connection, `undefined` until then. */
	status?: number;
}

/** What happens to a request instead of plain forwarding. */
export interface Fault {
	/** Before anything else. */
	delayMs?: number;
	/** What the request waits for, before anything else. */
	until?: Promise<unknown>;
	/** The connection is cut: before the collector sees the request, or after it has answered. */
	reset?: "before" | "after";
	/** Answered here; the collector never sees the request. */
	status?: number;
	headers?: Record<string, string>;
	body?: string;
}

export interface FaultProxy {
	/** `http://127.0.0.1:PORT`. */
	readonly url: string;
	/** Every batch that came, oldest first. */
	readonly requests: BatchRequest[];
	/** Every byte of every request, batch or not: its line, headers and inflated body. */
	readonly wire: string[];
	/** Decides about each batch; `undefined` forwards. Other requests are always forwarded. */
	fault: ((request: BatchRequest) => Fault | undefined) | undefined;
	/** Addresses that never answer, as for a visitor with a content blocker. */
	blocked: RegExp | undefined;
	/** All events that came, repeats included. */
	events(): WireEvent[];
	/** Whether no batch came for so long. */
	isQuiet(forMs: number): boolean;
	/** Forgets what came so far. */
	clear(): void;
	close(): Promise<void>;
}

const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };

function fillContext(event: WireEvent, shared: Record<string, unknown> = {}): WireEvent {
	const own = (event.context ?? {}) as Record<string, unknown>;
	const context: Record<string, unknown> = { ...shared, ...own };
	for (const [key, value] of Object.entries(shared)) {
		if (value && typeof value === "object" && own[key] && typeof own[key] === "object") {
			context[key] = { ...value, ...(own[key] as object) };
		}
	}
	return { ...event, context: context as NonNullable<WireEvent["context"]> };
}

const isGzip = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b;
const inflate = (body: Buffer): string => (isGzip(body) ? gunzipSync(body) : body).toString();

function readBatch(body: Buffer): BatchRequest {
	const isCompressed = isGzip(body);
	const batch = JSON.parse(inflate(body)) as Batch;
	const events = batch.batch.map((event) => fillContext(event, batch.context));
	return { at: Date.now(), bytes: body.length, isCompressed, batch, events };
}

/** @param upstream the collector, without a slash at the end */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
	const requests: BatchRequest[] = [];
	const wire: string[] = [];
	const startedAt = Date.now();

	/** By node:http, since fetch does not hand on the host by which the browser called. */
	async function forward({ url, method, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
		const { connection: _, "transfer-encoding": __, ...others } = headers;
		const onward = request(upstream + url, { method, headers: { ...others, "accept-encoding": "identity" } });
		onward.end(body);
		const [answer] = await once(onward, "response");
		return answer as IncomingMessage;
	}

	async function serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await buffer(asked);
		wire.push(`${asked.method} ${asked.url}\n${JSON.stringify(asked.headers)}\n${inflate(body)}`);
		if (proxy.blocked?.test(asked.url ?? "")) {
			asked.socket.destroy();
			return;
		}
		const isBatch = asked.method === "POST" && /^\/v1\/batch\b/.test(asked.url ?? "");
		const seen = isBatch ? readBatch(body) : undefined;
		if (seen) requests.push(seen);
		const fault = (seen && proxy.fault?.(seen)) || {};
		const note = (status: number): void => {
			if (seen) seen.status = status;
		};
		await fault.until;
		if (fault.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
		if (fault.reset === "before") {
			note(0);
			asked.socket.destroy();
			return;
		}
		if (fault.status) {
			note(fault.status);
			response.writeHead(fault.status, { ...CORS, ...fault.headers }).end(fault.body ?? "");
			return;
		}
		const answer = await forward(asked, body);
		const bytes = await buffer(answer);
		if (fault.reset === "after") {
			note(0);
			asked.socket.destroy();
			return;
		}
		note(answer.statusCode ?? 0);
		const { connection: _, "transfer-encoding": __, ...headers } = answer.headers;
		response.writeHead(answer.statusCode ?? 502, headers).end(bytes);
	}

	const server = createServer((asked, response) => {
		serve(asked, response).catch(() => asked.socket.destroy());
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const proxy: FaultProxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		wire,
		fault: undefined,
		blocked: undefined,
		events: () => requests.flatMap((request) => request.events),
		isQuiet: (forMs) => Date.now() - Math.max(startedAt, ...requests.map(({ at }) => at)) > forMs,
		clear: () => {
			requests.length = 0;
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
	return proxy;
}
