/**
 * The change feed: of every profile that changed since a cursor its rows as they are now, or a
 * tombstone `{profileId, gone, into?}` that says to drop them. A copy that drops a profile's rows when it
 * comes and keeps what follows equals a full export.
 */
import type { Env } from "../env.ts";
import { profileShardOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import { findHeirs } from "../store/heirs.ts";
import type { ChangePage, ChangePlace, RowQuery } from "../store/profile-shard/read-rows.ts";
import { eachPage, type WalkedPage } from "./export-page.ts";
import { addLinkRules } from "./identity-rules.ts";

interface Tombstone {
	profileId: string;
	/** `empty`: nothing of the profile stands in this table, under these filters. */
	gone: "merged" | "erased" | "empty";
	/** The heir. */
	into?: string;
}

/** @param until numbers to read up to, a shard each: those that the answer's cursor tells */
export async function* feedPages(
	env: Env,
	config: WorkspaceConfig,
	query: RowQuery,
	since: readonly number[],
	until: readonly number[],
): AsyncGenerator<WalkedPage> {
	for (let shard = 0; shard < since.length; shard++) {
		let place: ChangePlace = { seq: since[shard] ?? 0 };
		while (place.seq < (until[shard] ?? 0)) {
			const page = await readPage(env, config, shard, place, query, until);
			place = page.next;
			yield await finishPage(env, config, query, page);
		}
	}
}

function readPage(
	env: Env,
	config: WorkspaceConfig,
	shard: number,
	place: ChangePlace,
	query: RowQuery,
	until: readonly number[],
): Promise<ChangePage> {
	return profileShardOf(env, config.workspace, shard).readChanges(place, query, until[shard] ?? 0);
}

export interface LimitedFeed {
	pages: AsyncGenerator<WalkedPage>;
	/** Numbers that the pages reach. */
	reached: number[];
	hasMore: boolean;
}

/** Pages until `query.limit` rows or `bytesMax`, whole changes only, so that it may pass them by one change's rows. */
export async function readChangePage(
	env: Env,
	config: WorkspaceConfig,
	query: RowQuery,
	since: readonly number[],
	until: readonly number[],
	bytesMax: number,
): Promise<LimitedFeed> {
	const reached = [...since];
	const held: WalkedPage[] = [];
	let [rows, bytes] = [0, 0];
	const isFull = () => rows >= query.limit || bytes > bytesMax;
	/** What is left of a change that was begun is told on the way out, however much that is. */
	let rest: AsyncGenerator<WalkedPage> | undefined;
	for (let shard = 0; shard < since.length && !isFull() && rest === undefined; shard++) {
		let place: ChangePlace = { seq: since[shard] ?? 0 };
		while (place.seq < (until[shard] ?? 0) && !isFull()) {
			const page = await readPage(env, config, shard, place, { ...query, limit: query.limit - rows }, until);
			place = page.next;
			const walked = await finishPage(env, config, query, page);
			held.push(walked);
			rows += walked.rows;
			bytes += walked.bytes.byteLength;
			if (place.within !== undefined && isFull()) rest = restOfChange(env, config, query, shard, place, until);
		}
		reached[shard] = place.within?.seq ?? place.seq;
	}
	const hasMore = reached.some((seq, shard) => seq < (until[shard] ?? 0));
	return { pages: eachPage(held, rest), reached, hasMore };
}

async function* restOfChange(
	env: Env,
	config: WorkspaceConfig,
	query: RowQuery,
	shard: number,
	start: ChangePlace,
	until: readonly number[],
): AsyncGenerator<WalkedPage> {
	for (let place = start; place.within !== undefined; ) {
		const page = await readPage(env, config, shard, place, { ...query, limit: 1 }, until);
		place = page.next;
		yield await finishPage(env, config, query, page);
	}
}

/** What only others know: the rules of identities, and where profiles went. */
async function finishPage(env: Env, config: WorkspaceConfig, query: RowQuery, page: ChangePage): Promise<WalkedPage> {
	const rows = query.rows === "identities" ? await addLinkRules(env, config, page.bytes) : page.bytes;
	const stones: Tombstone[] = page.empty.map((profileId) => ({ profileId, gone: "empty" }));
	stones.push(...(await stonesOf(env, config, page.gone)));
	if (stones.length === 0) return { bytes: rows, rows: page.rows, next: null };
	const text = stones.map((stone) => `${JSON.stringify(stone)}\n`).join("");
	const tail = new TextEncoder().encode(text);
	const bytes = new Uint8Array(rows.byteLength + tail.byteLength);
	bytes.set(rows);
	bytes.set(tail, rows.byteLength);
	return { bytes, rows: page.rows + stones.length, next: null };
}

async function stonesOf(env: Env, config: WorkspaceConfig, gone: string[]): Promise<Tombstone[]> {
	const heirs = await findHeirs(env, config, gone);
	return gone.map((profileId): Tombstone => {
		const into = heirs.get(profileId) ?? null;
		if (into === null) return { profileId, gone: "erased" };
		return into === profileId ? { profileId, gone: "empty" } : { profileId, gone: "merged", into };
	});
}
