/** What the three Durable Objects share: their names, their peers, and how they tell of a failed round. */

import type { Env } from "../env.ts";
import { describeError } from "./describe-error.ts";
import type { GraphDoor, ProfileDoor, StreamDoor } from "./messages.ts";
import type { Peers } from "./ports.ts";
import { objectName } from "./sharding.ts";

/** What a crash left undone is folded this long after the object wakes. */
export const WAKE_DELAY_MS = 25;

/** `workspace/stream/3` → its parts. The platform tells a name only to objects that were reached by it. */
export function readName(ctx: DurableObjectState): { workspace: string; index: number } {
	const stored = ctx.id.name ?? ctx.storage.kv.get<string>("name");
	if (stored === undefined) throw new Error("this object was reached without its name");
	const [workspace = "", , index = "0"] = stored.split("/");
	return { workspace, index: Number(index) };
}

/** Objects of this isolate that are known to have kept their name: asking again would cost each append a query. */
const named = new WeakSet<DurableObjectState>();

/** An alarm may wake an object that no call has named: what writes keeps its name. */
export function keepName(ctx: DurableObjectState): void {
	if (ctx.id.name === undefined || named.has(ctx)) return;
	if (ctx.storage.kv.get("name") === undefined) ctx.storage.kv.put("name", ctx.id.name);
	named.add(ctx);
}

/** Everything that an object stored goes; only its name is kept, for its next alarm. */
export async function wipe(ctx: DurableObjectState): Promise<void> {
	const name = ctx.id.name ?? ctx.storage.kv.get<string>("name");
	await ctx.storage.deleteAll();
	if (name !== undefined) ctx.storage.kv.put("name", name);
}

export function createPeers(env: Env, workspace: string): Peers<GraphDoor, StreamDoor, ProfileDoor> {
	return {
		graph: () => env.IDENTITY_GRAPH.getByName(objectName.graph(workspace)) as unknown as GraphDoor,
		stream: (index) => env.STREAM_SHARDS.getByName(objectName.stream(workspace, index)) as unknown as StreamDoor,
		profile: (index) => env.PROFILE_SHARDS.getByName(objectName.profile(workspace, index)) as unknown as ProfileDoor,
	};
}

/** A failed round is repeated from storage; what went wrong is logged without any content. */
export function createReport(object: string): (error: unknown) => void {
	return (error) => {
		const reason = describeError(error);
		console.error(JSON.stringify({ level: "error", object, message: "round failed, will be repeated", reason }));
	};
}
