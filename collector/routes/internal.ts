/** The launcher's and the command's door: makes workspaces, keys for who lost his secret one, and copies. Opened by ADMIN_TOKEN only, shut where none is set. */
import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { graphOf, profileShardOf, readStatus, streamShardOf } from "../store/client.ts";
import { completeSettings, DEFAULT_SETTINGS, type WorkspaceConfig } from "../store/config.ts";
import { forgetAccess, readKey } from "./access.ts";
import { type AppEnv, Refusal } from "./http.ts";
import { makeKey } from "./make-key.ts";
import { stored, type WorkspaceCopy } from "./stored.ts";
import { saveEndpoints } from "./webhooks.ts";

export const internal = new Hono<AppEnv>();

/** Shards of each class that a workspace may have. */
const SHARDS_MAX = 256;
const SHARDS_USUAL = 16;

internal.use(async (c, next) => {
	const { ADMIN_TOKEN: token, WORKSPACE_SECRET: secret } = c.env;
	if (!token || !secret || !isSame(readKey(c.req.header("authorization")) ?? "", token)) {
		throw new Refusal(401, "unknown_key", "This door opens to the ADMIN_TOKEN only.");
	}
	await next();
	c.header("cache-control", "no-store");
});

internal.post("/workspaces", async (c) => {
	const secret = c.env.WORKSPACE_SECRET;
	const body = (await c.req.json().catch(() => ({}))) as { [field: string]: unknown };
	const workspace = typeof body.workspace === "string" ? body.workspace : "main";
	if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(workspace)) {
		throw new Refusal(400, "bad_field", "A name of 1 to 32 of a-z, 0-9 and -.", { field: "workspace" });
	}
	const copied = body.copy as WorkspaceCopy | undefined;
	const config: WorkspaceConfig = {
		workspace,
		secret: `${secret}\n${workspace}`,
		streamShards: readShards(body.streamShards, "streamShards", c.env.STREAM_SHARD_COUNT),
		profileShards: readShards(body.profileShards, "profileShards", c.env.PROFILE_SHARD_COUNT),
		...(body.test === true ? { isTest: true } : {}),
		settingsVersion: copied?.config.settingsVersion ?? 1,
		settings: completeSettings(
			copied?.config.settings ?? {
				backlogEventsMax: Number(c.env.BACKLOG_EVENTS_MAX) || DEFAULT_SETTINGS.backlogEventsMax,
			},
		),
	};
	const keys = await Promise.all(
		(["write", "read", "secret"] as const).map((kind) => makeKey(c.env, workspace, kind, "first")),
	);
	const graph = graphOf(c.env, workspace);
	const isNew =
		copied === undefined
			? await graph.create(
					config,
					keys.map(({ hash, record }) => ({ hash, record })),
				)
			: await graph.createFrom(config, copied.carried);
	if (!isNew) throw new Refusal(409, "bad_field", "The workspace exists already.", { field: "workspace" });
	forgetAccess();
	if (copied !== undefined) return c.json({ workspace }, 201);
	return c.json({ workspace, keys: Object.fromEntries(keys.map(({ key, record }) => [record.kind, key])) }, 201);
});

internal.route("/workspaces/:name/stored", stored);

/**
 * Empties a workspace that was made as a test, in two calls: `step: "close"` takes no more events in (503, so that senders repeat), and
 * once nothing is pending `step: "empty"` forgets all events and people. Keys, settings, plan, share links and webhooks stay.
 */
internal.post("/workspaces/:name/empty", async (c) => {
	const { step } = (await c.req.json().catch(() => ({}))) as { step?: unknown };
	const graph = graphOf(c.env, c.req.param("name"));
	const config = await graph.config();
	if (config === null) throw new Refusal(404, "not_found", "No such workspace.");
	if (config.isTest !== true) {
		const message = `Workspace ${config.workspace} was not made as a test, and is never emptied.`;
		throw new Refusal(409, "bad_field", message, { field: "workspace" });
	}
	if (step !== "close" && step !== "empty") throw new Refusal(400, "bad_field", "close or empty.", { field: "step" });
	const streams = Array.from({ length: config.streamShards }, (_, at) => streamShardOf(c.env, config.workspace, at));
	if (step === "close") {
		await Promise.all(streams.map((shard) => shard.close()));
		return c.body(null, 204);
	}
	if ((await readStatus(c.env, config)).pending > 0) {
		throw new Refusal(503, "overloaded", "Work is still under way.", { retryAfter: 1 });
	}
	const webhooks = await graph.readWebhooks();
	const profiles = Array.from({ length: config.profileShards }, (_, at) => profileShardOf(c.env, config.workspace, at));
	await Promise.all(profiles.map((shard) => shard.empty()));
	await graph.empty();
	await saveEndpoints(c.env, config, webhooks);
	// Last, since they let events in again.
	const areEmpty = await Promise.all(streams.map((shard) => shard.empty()));
	if (areEmpty.includes(false)) throw new Refusal(409, "bad_field", "Close it first.", { field: "step" });
	return c.body(null, 204);
});

/** A new secret key, which makes all others; the old ones stay until they are revoked. */
internal.post("/workspaces/:name/keys", async (c) => {
	const workspace = c.req.param("name");
	const graph = graphOf(c.env, workspace);
	if ((await graph.config()) === null) throw new Refusal(404, "not_found", "No such workspace.");
	const { key, hash, record } = await makeKey(c.env, workspace, "secret", "recovered");
	await graph.addKey(hash, record);
	forgetAccess();
	return c.json({ ...record, key }, 201);
});

function readShards(given: unknown, field: string, usual: string | undefined): number {
	const count = given === undefined ? Number(usual) || SHARDS_USUAL : given;
	if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 1 || count > SHARDS_MAX) {
		throw new Refusal(400, "bad_field", `A whole number from 1 to ${SHARDS_MAX}.`, { field });
	}
	return count;
}

function isSame(a: string, b: string): boolean {
	const left = new TextEncoder().encode(a);
	const right = new TextEncoder().encode(b);
	return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
