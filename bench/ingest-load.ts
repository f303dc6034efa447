/** Load for `npm run bench:ingest` and `npm run bench:soak`: batches as a shop's pages send them, and how long each answer took. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import type { RunningCollector } from "../test/support/collector.ts";

const PAGES = ["Home", "Teapots", "A teapot with two cups", "Cart", "Checkout", "Thank you"];
const BROWSER =
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
/** One batch in ten comes from somebody who logs in. */
const LOGIN_EVERY = 10;

let batches = 0;

/**
 * One device's visit of `size` events, 5 s apart and ending now.
 *
 * @param hasLogin its last but one event; every tenth has one where nothing is said
 * @returns the body of a request
 */
export function createBatch(
	size: number,
	device = `device-${process.pid}-${batches}`,
	hasLogin = batches % LOGIN_EVERY === 0,
): string {
	const batch = batches++;
	const now = Date.now();
	const events: object[] = Array.from({ length: size }, (_, index) => {
		const path = `/shop/${(batch * 7 + index) % 50}`;
		const title = PAGES[index % PAGES.length];
		const page = { url: `https://www.shop.example${path}?from=menu`, path, title, referrer: "https://www.google.com/" };
		const isPage = index % 4 === 0;
		return {
			type: isPage ? "page" : "track",
			...(isPage ? {} : { event: "Button Clicked" }),
			messageId: crypto.randomUUID(),
			anonymousId: device,
			originalTimestamp: new Date(now - (size - index) * 5_000).toISOString(),
			properties: isPage ? page : { ...page, label: `button ${index}` },
			context: { page, strand: { device, tab: "t1", seq: index + 1, version: "0.1.0" }, locale: "en-US" },
		};
	});
	const login = { type: "identify", messageId: crypto.randomUUID(), anonymousId: device, userId: `user-${batch}` };
	if (hasLogin) events.splice(-1, 1, login);
	return JSON.stringify({ batch: events, sentAt: new Date(now).toISOString() });
}

export interface Sender {
	/** @returns status and milliseconds until the whole answer was read */
	send(body: string): Promise<{ status: number; ms: number }>;
	close(): void;
}

export function createSender({ url, keys }: RunningCollector, connections: number): Sender {
	const agent = new Agent({ keepAlive: true, maxSockets: connections });
	const { hostname, port } = new URL(url);
	const path = `/v1/batch?writeKey=${keys.write}`;
	const send = (body: string): Promise<{ status: number; ms: number }> =>
		new Promise((resolve, reject) => {
			const began = performance.now();
			const headers = {
				"content-type": "text/plain",
				"content-length": Buffer.byteLength(body),
				"user-agent": BROWSER,
			};
			const out = request({ hostname, port, path, method: "POST", agent, headers }, (answer) => {
				answer.resume().once("end", () => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - began }));
			});
			out
				.once("error", (error: NodeJS.ErrnoException) => {
					// The server closed an idle connection just when it was used again: as Node's documentation has it.
					if (out.reusedSocket && error.code === "ECONNRESET") resolve(send(body));
					else reject(error);
				})
				.end(body);
		});
	return {
		send,
		close: () => agent.destroy(),
	};
}

/** CPU seconds that the collector's process has used, user and system. */
export function cpuSeconds({ pid }: RunningCollector): number {
	const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of the collector's process. */
export function residentMb({ pid }: RunningCollector): number {
	return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

export interface Status {
	pending: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	identifiedStreams: number;
}

export async function readStatus({ url, keys }: RunningCollector): Promise<Status> {
	const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${keys.read}` } });
	return (await response.json()) as Status;
}

/** @param share 0 to 1 @returns 0 for no values */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Thrown by nothing but a faulty run: a benchmark of refusals measures nothing. */
export function expectOk(status: number): void {
	if (status !== 200) throw new Error(`the collector answered ${status}`);
}
