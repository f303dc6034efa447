/** The collector's internal door (`collector/routes/internal.ts`), as commands that work on everything it holds use it. */

import type { LoggedEvent } from "../model.ts";
import type { WorkspaceConfig } from "../store/replay.ts";
import { type Client, createClient } from "./contract-client.ts";

/** As the collector hands it over: all of a workspace but its secret and its events. */
export interface WorkspaceCopy {
	config: Omit<WorkspaceConfig, "secret">;
	/** Keys, share links, tracking plan: handed on as they are. */
	carried: unknown;
}

export type StoredChain = { profileId: string; chain: unknown } | { profileId: string; fault: string };

export interface StoredStatus {
	pending: number;
	refolding: number;
	aging: number;
	stuck: number;
	errors: string[];
}

export interface AdminDoor {
	read(): Promise<WorkspaceCopy>;
	/** Waits until all that is logged is folded, by the rules of now. @throws Error when nothing moves for a minute */
	settle(): Promise<StoredStatus>;
	log(shards: number): AsyncGenerator<LoggedEvent>;
	chains(shards: number): AsyncGenerator<StoredChain>;
	owners(): AsyncGenerator<{ node: string; profile: string }>;
	/** Takes no more events in until it is emptied. @throws Error where the workspace is no test */
	close(): Promise<void>;
	/** Forgets all events and people. To be called when settled after `close`. */
	empty(): Promise<void>;
	append(events: readonly LoggedEvent[]): Promise<void>;
}

const POLL_MS = 200;
const STILL_MS_MAX = 60_000;

export function createAdminDoor(origin: string, adminToken: string, workspace: string): AdminDoor {
	const client = createClient({ url: origin, key: adminToken });
	const base = `/internal/workspaces/${encodeURIComponent(workspace)}/stored`;
	const empty = `/internal/workspaces/${encodeURIComponent(workspace)}/empty`;
	return {
		read: async () => (await (await client.call(base)).json()) as WorkspaceCopy,
		async settle() {
			let last = "";
			let movedAt = Date.now();
			for (;;) {
				const status = (await (await client.call(`${base}/status`)).json()) as StoredStatus;
				if (status.pending === 0 && status.refolding === 0 && status.aging === 0) return status;
				const now = JSON.stringify(status);
				if (now !== last) movedAt = Date.now();
				if (Date.now() - movedAt > STILL_MS_MAX) throw new Error(`the collector does not get on: ${now}`);
				last = now;
				await new Promise((resolve) => setTimeout(resolve, POLL_MS));
			}
		},
		log: (shards) => eachShard(client, `${base}/log`, shards),
		chains: (shards) => eachShard(client, `${base}/chains`, shards),
		owners: () => eachLine(client, `${base}/owners`),
		async close() {
			await client.call(empty, { method: "POST", body: JSON.stringify({ step: "close" }) });
		},
		async empty() {
			await client.call(empty, { method: "POST", body: JSON.stringify({ step: "empty" }) });
		},
		async append(events) {
			await client.call(`${base}/log`, {
				method: "POST",
				body: events.map((event) => JSON.stringify(event)).join("\n"),
			});
		},
	};
}

async function* eachShard<Row>(client: Client, path: string, shards: number): AsyncGenerator<Row> {
	for (let shard = 0; shard < shards; shard++) yield* eachLine<Row>(client, `${path}/${shard}`);
}

async function* eachLine<Row>(client: Client, path: string): AsyncGenerator<Row> {
	let after: string | null = "";
	while (after !== null) {
		const page: Response = await client.call(`${path}?after=${encodeURIComponent(after)}`);
		for (const line of (await page.text()).split("\n")) if (line !== "") yield JSON.parse(line) as Row;
		after = page.headers.get("x-strand-next");
	}
}
