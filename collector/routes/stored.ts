/**
 * What a workspace has stored, raw, for `strand verify` and `strand replay`; mounted behind the admin token. A page
 * is NDJSON, and its header says where the next one begins.
 */
import { Hono } from "hono";
import type { LoggedEvent } from "../model.ts";
import { appendEvents, graphOf, profileShardOf, readStatus, routeEvents, streamShardOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import type { Carried } from "../store/identity-graph/carried.ts";
import type { StoredPage } from "../store/stored.ts";
import { NEXT_HEADER } from "./export-page.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";

/** A workspace but for its secret and its events. */
export interface WorkspaceCopy {
	config: Omit<WorkspaceConfig, "secret">;
	carried: Carried;
}

export const stored = new Hono<AppEnv>();

stored.get("/", async (c) => {
	const { secret: _, ...config } = await readConfig(c);
	const copy: WorkspaceCopy = { config, carried: await graphOf(c.env, config.workspace).readCarried() };
	return c.json(copy);
});

stored.get("/status", async (c) => c.json(await readStatus(c.env, await readConfig(c))));

stored.get("/log/:shard", async (c) => {
	const { workspace, streamShards } = await readConfig(c);
	return answer(c, await streamShardOf(c.env, workspace, readShard(c, streamShards)).storedLog(readAfter(c)));
});

/** Logs events as another collector of the same secret had logged them, their times and trust included. */
stored.post("/log", async (c) => {
	const config = await readConfig(c);
	const lines = (await c.req.text()).split("\n").filter((line) => line !== "");
	const events = lines.map((line) => JSON.parse(line) as LoggedEvent);
	const worst = await appendEvents(c.env, config, routeEvents(config, events, []));
	if (worst === "ok") return c.json({ logged: events.length });
	// A shard that took its part takes it again: a repeat adds nothing.
	throw new Refusal(503, worst, "A shard takes no more for now; send the same again.", { retryAfter: 1 });
});

stored.get("/chains/:shard", async (c) => {
	const { workspace, profileShards } = await readConfig(c);
	return answer(c, await profileShardOf(c.env, workspace, readShard(c, profileShards)).storedChains(readAfter(c)));
});

stored.get("/owners", async (c) => {
	const { workspace } = await readConfig(c);
	return answer(c, await graphOf(c.env, workspace).storedOwners(readAfter(c)));
});

async function readConfig(c: AppContext): Promise<WorkspaceConfig> {
	const config = await graphOf(c.env, c.req.param("name") ?? "").config();
	if (config === null) throw new Refusal(404, "not_found", "No such workspace.");
	return config;
}

function readShard(c: AppContext, count: number): number {
	const shard = Number(c.req.param("shard"));
	if (Number.isInteger(shard) && shard >= 0 && shard < count) return shard;
	throw new Refusal(404, "not_found", `Shards are numbered from 0 to ${count - 1}.`);
}

function readAfter(c: AppContext): string {
	return decodeURIComponent(c.req.query("after") ?? "");
}

function answer(c: AppContext, { bytes, next }: StoredPage): Response {
	if (next !== null) c.header(NEXT_HEADER, encodeURIComponent(next));
	c.header("content-type", "application/x-ndjson");
	return c.body(bytes as Uint8Array<ArrayBuffer>);
}
