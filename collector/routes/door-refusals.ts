/**
 * Whole requests that the door refused for a reason of set-up (an origin that the key is not limited to, a key that
 * was revoked) stand in the rejections log too: nothing else tells the owner why nothing comes.
 *
 * Noted once a minute for each key and origin, in each isolate: a stranger must not fill the log.
 */
import type { ErrorCode } from "../../sdk/wire.ts";
import { graphOf, streamShardOf } from "../store/client.ts";
import { hashKey } from "./access.ts";
import type { AppContext } from "./http.ts";
import { workspaceOfKey } from "./key-seal.ts";

const NOTE_MS = 60_000;
/** Reasons remembered; at the limit all are forgotten. */
const NOTED_MAX = 1_000;
const ORIGIN_CHARS_MAX = 200;

const notedAt = new Map<string, number>();

/** Returns at once; the note is written behind the answer. A key that we never made names no workspace and is not noted. */
export function noteRefusal(c: AppContext, key: string, code: ErrorCode, message: string, now: number): void {
	const workspace = workspaceOfKey(key, c.env.WORKSPACE_SECRET);
	if (workspace === null) return;
	const origin = (c.req.header("origin") ?? "").slice(0, ORIGIN_CHARS_MAX);
	const reason = `${code} ${key} ${origin}`;
	if (now - (notedAt.get(reason) ?? 0) < NOTE_MS) return;
	if (notedAt.size >= NOTED_MAX) notedAt.clear();
	notedAt.set(reason, now);
	c.executionCtx.waitUntil(write());

	async function write(): Promise<void> {
		const config = await graphOf(c.env, workspace as string).config();
		if (config === null) return;
		const id = (await hashKey(key)).slice(0, 16);
		const bytes = origin === "" ? "" : `Origin: ${origin}`;
		const body = JSON.stringify({ index: 0, messageId: null, code, message: `${message} Key #${id}.`, bytes });
		await streamShardOf(c.env, config.workspace, 0).append({
			segments: [],
			rejections: [{ at: now, body, carried: { nodes: [], t: now } }],
		});
	}
}
