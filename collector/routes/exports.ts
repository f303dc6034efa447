/** Exports: journeys, touchpoints and raw events as streams of NDJSON, shard by shard, in a stable order. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { profileShardOf, streamShardOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import type { RowFilter, RowQuery } from "../store/profile-shard/read-rows.ts";
import { allow } from "./access.ts";
import { type AppContext, type AppEnv, streamPages } from "./http.ts";
import { type Cursor, checkNames, readChoice, readCount, readCursor, readFlag, readTime } from "./query.ts";

const NDJSON = "application/x-ndjson; charset=utf-8";
/** Text that one shard hands over at once. */
const PAGE_BYTES = 512 * 1024;
const LIMIT_MAX = 10_000_000;

export const exportsRoutes = new Hono<AppEnv>();

for (const rows of ["journeys", "touchpoints"] as const) {
	exportsRoutes.get(`/${rows}`, allow("read"), (c) => {
		checkNames(c, ["format", "from", "to", "profile", "channel", "converted", "bots", "limit", "cursor"]);
		readChoice(c, "format", ["ndjson"], "ndjson");
		const { config } = c.var.access;
		const limit = readCount(c, "limit", LIMIT_MAX) ?? Number.POSITIVE_INFINITY;
		const cursor = readCursor(c, config.profileShards);
		return streamPages(pagesOfRows(c.env, config, rows, readFilter(c), cursor, limit, c.req.query("profile")), NDJSON);
	});
}

exportsRoutes.get("/events", allow("read"), (c) => {
	checkNames(c, ["format", "cursor"]);
	readChoice(c, "format", ["ndjson"], "ndjson");
	const { config } = c.var.access;
	return streamPages(pagesOfEvents(c.env, config, readCursor(c, config.streamShards)), NDJSON);
});

export function readFilter(c: AppContext): RowFilter {
	const filter: RowFilter = { bots: readFlag(c, "bots") ?? false };
	const from = readTime(c, "from");
	const to = readTime(c, "to");
	const channel = c.req.query("channel");
	const converted = readFlag(c, "converted");
	if (from !== undefined) filter.from = from;
	if (to !== undefined) filter.to = to;
	if (channel !== undefined && channel !== "") filter.channel = channel;
	if (converted !== undefined) filter.converted = converted;
	return filter;
}

async function* pagesOfRows(
	env: Env,
	config: WorkspaceConfig,
	rows: RowQuery["rows"],
	filter: RowFilter,
	cursor: Cursor,
	limit: number,
	profile: string | undefined,
): AsyncGenerator<string> {
	let left = limit;
	for (let shard = cursor.shard; shard < config.profileShards && left > 0; shard++) {
		let after: string | null = shard === cursor.shard ? cursor.after : "";
		while (after !== null && left > 0) {
			const query: RowQuery = { ...filter, rows, after, limit: Math.min(left, LIMIT_MAX), bytesMax: PAGE_BYTES };
			if (profile !== undefined) query.profile = profile;
			const page = await profileShardOf(env, config.workspace, shard).readRows(query);
			const text = page.rows > left ? firstLines(page.text, left) : page.text;
			if (text !== "") yield text;
			left -= page.rows;
			after = page.next;
		}
	}
}

function firstLines(text: string, count: number): string {
	let end = 0;
	for (let line = 0; line < count; line++) end = text.indexOf("\n", end) + 1;
	return text.slice(0, end);
}

async function* pagesOfEvents(env: Env, config: WorkspaceConfig, cursor: Cursor): AsyncGenerator<string> {
	for (let shard = cursor.shard; shard < config.streamShards; shard++) {
		let after: string | null = shard === cursor.shard ? cursor.after : "";
		while (after !== null) {
			const page: { text: string; next: string | null } = await streamShardOf(env, config.workspace, shard).readEvents(
				after,
				PAGE_BYTES,
			);
			if (page.text !== "") yield page.text;
			after = page.next;
		}
	}
}
