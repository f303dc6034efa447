/** The collector's door as tests knock at it: good and bad requests, and what became of them. */

import { expect } from "vitest";
import type { BatchAnswer, ErrorAnswer, WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, readRows } from "./api.ts";
import { type RunningCollector, startCollector } from "./collector.ts";

export interface Sending {
	/** Default `/v1/batch`. */
	path?: string;
	/** Sent as Bearer; default the write key, null for none. */
	key?: string | null;
	headers?: Record<string, string>;
	body?: BodyInit;
}

/** A line of `GET /v1/rejections`. */
export interface RejectionRow {
	code: string;
	messageId: string | null;
	/** What was sent, as far as it is kept. */
	bytes: string;
	field?: string;
}

export interface Door {
	readonly collector: RunningCollector;
	send(sending: Sending): Promise<Response>;
	/** Sends a batch that must be answered 200; default key: the write key. */
	sendBatch(batch: readonly unknown[], key?: string): Promise<BatchAnswer>;
	/** The whole log. */
	readEvents(): Promise<EventRow[]>;
	/** The logged rows of the given messageIds, as many as there are. */
	readLogged(ids: readonly string[]): Promise<EventRow[]>;
	/** Their messageIds, sorted, repeats included. */
	readLoggedIds(ids: readonly string[]): Promise<string[]>;
	readRejections(): Promise<RejectionRow[]>;
}

export async function startDoor(): Promise<Door> {
	const collector = await startCollector();
	const door: Door = {
		collector,
		send({ path = "/v1/batch", key = collector.keys.write, headers = {}, body }) {
			return fetch(collector.url + path, {
				method: "POST",
				headers: { ...(key === null ? {} : authorise(key)), ...headers },
				...(body === undefined ? {} : { body }),
				...(body instanceof ReadableStream ? { duplex: "half" } : {}),
			});
		},
		async sendBatch(batch, key = collector.keys.write) {
			const response = await door.send({ key, body: JSON.stringify({ batch }) });
			expect(response.status).toBe(200);
			return (await response.json()) as BatchAnswer;
		},
		readEvents: () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events"),
		async readLogged(ids) {
			const wanted = new Set(ids);
			return (await door.readEvents()).filter(({ messageId }) => wanted.has(messageId));
		},
		async readLoggedIds(ids) {
			return (await door.readLogged(ids)).map(({ messageId }) => messageId).sort();
		},
		async readRejections() {
			const response = await fetch(`${collector.url}/v1/rejections?limit=1000`, {
				headers: authorise(collector.keys.read),
			});
			return ((await response.json()) as { rejections: RejectionRow[] }).rejections;
		},
	};
	return door;
}

let pages = 0;

/** A good event that nobody else sends. */
export function createPage(fields: Partial<WireEvent> = {}): WireEvent & { messageId: string } {
	pages++;
	return { type: "page", messageId: `page-${pages}`, anonymousId: "device-1", ...fields };
}

/** What holds for every refusal, whatever its code. @returns the error, for what is special to it */
export async function expectRefusal(response: Response, status: number, code: string): Promise<ErrorAnswer["error"]> {
	const { error, ...rest } = (await response.json()) as ErrorAnswer;
	expect({ status: response.status, code: error?.code }).toEqual({ status, code });
	expect(rest).toEqual({});
	expect(Object.keys(error).filter((key) => key !== "field")).toEqual(["code", "message"]);
	expect(error.message).toMatch(/^\S.*\.$/);
	expect(error.message).not.toMatch(/\bat \S+:\d+|Error:/);
	expect(response.headers.get("content-type")).toContain("application/json");
	expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
	return error;
}
