/** What the owner of a workspace looks at: status, and what was refused. */
import { Hono } from "hono";
import { graphOf, readSenders, readStatus, streamShardOf } from "../store/client.ts";
import { advanceReceipts } from "../store/receipts.ts";
import { allow } from "./access.ts";
import type { AppEnv } from "./http.ts";
import { checkNames, readCount } from "./query.ts";

export const operations = new Hono<AppEnv>();

operations.get("/status", allow("read"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	await advanceReceipts(c.env, config);
	return c.json(await readStatus(c.env, config));
});

const REJECTIONS_USUAL = 100;
const REJECTIONS_MAX = 1000;

/** Newest first. */
operations.get("/rejections", allow("read"), async (c) => {
	checkNames(c, ["limit"]);
	const limit = readCount(c, "limit", REJECTIONS_MAX) ?? REJECTIONS_USUAL;
	const { config } = c.var.access;
	const pages = await Promise.all(
		Array.from({ length: config.streamShards }, (_, index) =>
			streamShardOf(c.env, config.workspace, index).latestRejections(limit),
		),
	);
	const rejections = pages
		.flat()
		.sort((a, b) => b.at - a.at)
		.slice(0, limit)
		.map(({ at, body }) => ({ receivedAt: new Date(at).toISOString(), ...(JSON.parse(body) as object) }));
	return c.json({ rejections });
});

const DAY_MS = 24 * 3600_000;

/** Who sends: keys by name, revoked ones without. Days are UTC. */
operations.get("/senders", allow("read"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	const [counts, keys] = await Promise.all([readSenders(c.env, config), graphOf(c.env, config.workspace).listKeys()]);
	return c.json({
		keys: keys.map(({ id, kind, name, server, createdAt }) => ({
			id,
			kind,
			name,
			server,
			createdAt: new Date(createdAt).toISOString(),
		})),
		senders: counts.map(({ day, lastAt, ...count }) => ({
			day: new Date(day * DAY_MS).toISOString().slice(0, 10),
			...count,
			lastAt: new Date(lastAt).toISOString(),
		})),
	});
});
