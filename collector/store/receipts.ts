/**
 * When an erasure is finished. It waits for its own work only: for all that lay in the objects when it began, never for what
 * came since, so that constant load does not hold it up. Four steps, each of which begins when the one before is past:
 *
 * 1. every stream shard has folded what was logged: the graph knows the statement, and every stream that carries the person;
 * 2. the graph has told those streams, and every shard, whose rejections are searched;
 * 3. every shard has folded what it was told: log rewritten, pieces gone, keys destroyed, each acknowledged;
 * 4. the graph has computed what is left.
 *
 * Whoever asks moves it on; the state is the graph's, so that a crash forgets nothing.
 */
import type { Env } from "../env.ts";
import { graphOf, streamShardOf } from "./client.ts";
import type { WorkspaceConfig } from "./config.ts";
import { DONE, type ReceiptState } from "./receipt-state.ts";

/** @returns null for a receipt that was never given */
export async function advanceReceipt(
	env: Env,
	config: WorkspaceConfig,
	receipt: string,
): Promise<"pending" | "done" | null> {
	const graph = graphOf(env, config.workspace);
	let state = await graph.readReceipt(receipt);
	if (state === null) return null;
	while (state.step < DONE.step) {
		const begun = await beginStep(env, config, state);
		if (!(await isStepPast(env, config, begun))) {
			if (begun !== state) await graph.keepReceipt(receipt, begun);
			return "pending";
		}
		state = { step: begun.step + 1, shards: null, graph: null };
		await graph.keepReceipt(receipt, state);
	}
	return "done";
}

function isOfShards({ step }: ReceiptState): boolean {
	return step % 2 === 0;
}

async function beginStep(env: Env, config: WorkspaceConfig, state: ReceiptState): Promise<ReceiptState> {
	if (state.shards !== null || state.graph !== null) return state;
	if (!isOfShards(state)) return { ...state, graph: await graphOf(env, config.workspace).mark() };
	const indices = Array.from({ length: config.streamShards }, (_, index) => index);
	const shards = await Promise.all(indices.map((index) => streamShardOf(env, config.workspace, index).mark()));
	return { ...state, shards };
}

async function isStepPast(env: Env, config: WorkspaceConfig, { shards, graph }: ReceiptState): Promise<boolean> {
	if (graph !== null) return graphOf(env, config.workspace).isPast(graph);
	const past = (shards ?? []).map((mark, index) => streamShardOf(env, config.workspace, index).isPast(mark));
	return (await Promise.all(past)).every((one) => one);
}

/** Moves every open receipt on. @returns how many are still open */
export async function advanceReceipts(env: Env, config: WorkspaceConfig): Promise<number> {
	const open = await graphOf(env, config.workspace).openReceipts();
	const states = await Promise.all(open.map((receipt) => advanceReceipt(env, config, receipt)));
	return states.filter((state) => state === "pending").length;
}
