/** Keys: who may do what. A key that we made (key-seal.ts) is looked up by its hash; isolates remember the answer for 30 s. */
import type { MiddlewareHandler } from "hono";
import type { Env } from "../env.ts";
import type { TrackingPlan } from "../ingest/index.ts";
import type { Trust } from "../model.ts";
import { graphOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import type { KeyKind, KeyRecord } from "../store/identity-graph/keys.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { workspaceOfKey } from "./key-seal.ts";

export interface Access {
	config: WorkspaceConfig;
	key: KeyRecord;
	trust: Trust;
	/** The workspace's tracking plan; null where there is none. */
	plan: TrackingPlan | null;
}

const REMEMBER_MS = 30_000;
/** Sealed keys remembered by an isolate, known and revoked; at the limit all are forgotten. */
const REMEMBERED_MAX = 10_000;

interface Remembered {
	found: Access | null;
	until: number;
}

const remembered = new Map<string, Remembered>();

/** @returns the key that a request carries: Bearer, Basic `KEY:` (Segment's way), or null */
export function readKey(authorization: string | undefined): string | null {
	const [scheme = "", value = ""] = (authorization ?? "").trim().split(/\s+/, 2);
	if (/^bearer$/i.test(scheme)) return value;
	if (!/^basic$/i.test(scheme)) return null;
	try {
		return atob(value).split(":", 1)[0] ?? null;
	} catch {
		return null; // not base64: as good as no key
	}
}

export async function hashKey(key: string): Promise<string> {
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
	return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns null for a key that is not known */
export async function findAccess(env: Env, key: string, now: number): Promise<Access | null> {
	const known = remembered.get(key);
	if (known !== undefined && known.until > now) return known.found;
	const workspace = workspaceOfKey(key, env.WORKSPACE_SECRET);
	if (workspace === null) return null;
	const row = await graphOf(env, workspace).findKey(await hashKey(key));
	let found: Access | null = null;
	if (row !== null) {
		const isTrusted = row.record.kind === "secret" || row.record.server;
		found = { config: row.config, key: row.record, trust: isTrusted ? "server" : "public", plan: row.plan };
	}
	if (remembered.size >= REMEMBERED_MAX) remembered.clear();
	remembered.set(key, { found, until: now + REMEMBER_MS });
	return found;
}

/** A key or the settings changed: this isolate looks them up anew; others within 30 s. */
export function forgetAccess(): void {
	remembered.clear();
}

const CAN: Record<KeyKind, readonly KeyKind[]> = {
	write: ["write"],
	read: ["read"],
	secret: ["write", "read", "secret"],
};

/** Checks a key for what it is used for. @throws Refusal */
export async function checkAccess(c: AppContext, key: string | null, need: KeyKind): Promise<Access> {
	const access = key === null || key === "" ? null : await findAccess(c.env, key, Date.now());
	if (access === null) {
		throw new Refusal(401, "unknown_key", "No such key. Send one as `Authorization: Bearer KEY`.");
	}
	if (!CAN[access.key.kind].includes(need)) {
		if (need === "secret") throw new Refusal(403, "needs_secret_key", "This call needs a secret key (sk_…).");
		throw new Refusal(401, "unknown_key", `This call needs a ${need} key; the one sent is a ${access.key.kind} key.`);
	}
	return access;
}

/**
 * Middleware for calls that read or change: the key stands in the `Authorization` header, nowhere else,
 * and no cache keeps the answer.
 */
export function allow(need: "read" | "secret"): MiddlewareHandler<AppEnv> {
	return async (c, next) => {
		c.set("access", await checkAccess(c, readKey(c.req.header("authorization")), need));
		await next();
		c.header("cache-control", "no-store");
	};
}
