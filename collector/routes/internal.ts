/** The launcher's door: makes workspaces. Opened by ADMIN_TOKEN only, shut where none is set. */
import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { DEFAULT_JOURNEY_SETTINGS } from "../journey/index.ts";
import { graphOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import type { KeyKind, KeyRecord } from "../store/identity-graph/keys.ts";
import { forgetAccess, hashKey, readKey } from "./access.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";

export const internal = new Hono<AppEnv>();

/** Shards of each class that a workspace may have. */
const SHARDS_MAX = 256;
const SHARDS_USUAL = 16;
const BACKLOG_EVENTS_USUAL = 200_000;
const PREFIX: Record<KeyKind, string> = { write: "wk", read: "rk", secret: "sk" };

internal.post("/workspaces", async (c) => {
	const { ADMIN_TOKEN: token, WORKSPACE_SECRET: secret } = c.env;
	if (!token || !secret || !isSame(readKey(c.req.header("authorization")) ?? "", token)) {
		throw new Refusal(401, "unknown_key", "This door opens to the ADMIN_TOKEN only.");
	}
	const body = (await c.req.json().catch(() => ({}))) as { [field: string]: unknown };
	const workspace = typeof body.workspace === "string" ? body.workspace : "main";
	if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(workspace)) {
		throw new Refusal(400, "bad_field", "A name of 1 to 32 of a-z, 0-9 and -.", { field: "workspace" });
	}
	const config: WorkspaceConfig = {
		workspace,
		secret: `${secret}\n${workspace}`,
		streamShards: readShards(c, body.streamShards, "streamShards", c.env.STREAM_SHARD_COUNT),
		profileShards: readShards(c, body.profileShards, "profileShards", c.env.PROFILE_SHARD_COUNT),
		settingsVersion: 1,
		settings: {
			identity: { phoneRegion: "CN", blocked: [] },
			journey: DEFAULT_JOURNEY_SETTINGS,
			timeZone: "UTC",
			backlogEventsMax: Number(c.env.BACKLOG_EVENTS_MAX) || BACKLOG_EVENTS_USUAL,
		},
	};
	const keys = await Promise.all(
		(["write", "read", "secret"] as const).map((kind) => makeKey(workspace, kind, "first")),
	);
	const isNew = await graphOf(c.env, workspace).create(
		config,
		keys.map(({ hash, record }) => ({ hash, record })),
	);
	if (!isNew) throw new Refusal(409, "bad_field", "The workspace exists already.", { field: "workspace" });
	forgetAccess();
	return c.json({ workspace, keys: Object.fromEntries(keys.map(({ key, record }) => [record.kind, key])) }, 201);
});

function readShards(_c: AppContext, given: unknown, field: string, usual: string | undefined): number {
	const count = given === undefined ? Number(usual) || SHARDS_USUAL : given;
	if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 1 || count > SHARDS_MAX) {
		throw new Refusal(400, "bad_field", `A whole number from 1 to ${SHARDS_MAX}.`, { field });
	}
	return count;
}

/** 32 characters of a-z, A-Z, 0-9: 190 bits. */
export async function makeKey(
	workspace: string,
	kind: KeyKind,
	name: string,
	limits: { origins?: string[]; server?: boolean } = {},
): Promise<{ key: string; hash: string; record: KeyRecord }> {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const bytes = crypto.getRandomValues(new Uint8Array(64)).filter((byte) => byte < 248);
	const random = [...bytes.subarray(0, 32)].map((byte) => alphabet[byte % 62]).join("");
	const key = `${PREFIX[kind]}_${workspace}_${random}`;
	const hash = await hashKey(key);
	const record: KeyRecord = {
		id: hash.slice(0, 16),
		kind,
		name,
		origins: limits.origins ?? [],
		server: limits.server ?? false,
		createdAt: Date.now(),
		...(kind === "write" ? { key } : {}),
	};
	return { key, hash, record };
}

function isSame(a: string, b: string): boolean {
	const left = new TextEncoder().encode(a);
	const right = new TextEncoder().encode(b);
	return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
