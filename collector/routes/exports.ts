/**
 * Exports: every table in every format, shard by shard in a stable order. Without `limit` an answer
 * streams to its end; with it an answer is one page, and its headers say where the next begins.
 */
import { Hono } from "hono";
import { DATA_TYPES, STATEMENT_TYPES } from "../../sdk/wire.ts";
import {
	CHANGE_COLUMNS,
	CONTENT_TYPES,
	type Column,
	FORMATS,
	type Format,
	formatPages,
	TABLES,
	type TableName,
} from "../export/index.ts";
import type { RowFilter } from "../journey/index.ts";
import { STAGES } from "../model.ts";
import { profileShardOf, streamShardOf } from "../store/client.ts";
import type { PersonFilter } from "../store/profile-shard/person-filter.ts";
import type { RowPlace, RowQuery, RowsOf } from "../store/profile-shard/read-rows.ts";
import { keyShare } from "../store/sharding.ts";
import type { EventPlace, EventQuery } from "../store/stream-shard/read-events.ts";
import { allow } from "./access.ts";
import { writeChangeCursor } from "./change-cursor.ts";
import { feedPages, readChangePage } from "./change-feed.ts";
import { CURSOR_HEADER, eachPage, NEXT_HEADER, PROGRESS_HEADER, type WalkedPage } from "./export-page.ts";
import { type AppContext, type AppEnv, streamBytes } from "./http.ts";
import { addLinkRules } from "./identity-rules.ts";
import {
	type Cursor,
	checkNames,
	readChangeCursor,
	readChoice,
	readCount,
	readCursor,
	readFlag,
	readRange,
	readZone,
	refuse,
	writeCursor,
} from "./query.ts";

/** Text that one shard hands over at once, UTF-16 units. */
const PAGE_CHARS = 512 * 1024;
/** Of events: a page that ends inside a stream makes the next one open that stream's head again. */
const EVENT_PAGE_CHARS = 2 * 1024 * 1024;
/** `limit` of one page, rows. */
const LIMIT_MAX = 100_000;
/** A page asked for with `limit` ends early once it passes this, bytes: its headers need its end. */
const LIMITED_BYTES_MAX = 16 * 1024 * 1024;
/** Or once so many pages of shards (2,000 people at most each) went into it: a rare filter answers what it has. */
const LIMITED_PAGES_MAX = 20;

const SHAPE = ["format", "csv", "tz", "from", "to", "limit", "cursor"];
const ROW_NAMES = [...SHAPE, "profile", "channel", "converted", "bots", "changedSince"];
/** Of people, and so only where a row is one. */
const PERSON_NAMES = ["stage", "campaign", "path", "pathEnd"];
const PERSON_ROWS: ReadonlySet<RowsOf> = new Set(["journeys", "profiles"]);
const EVENT_NAMES = [...SHAPE, "type"];

export const exportsRoutes = new Hono<AppEnv>();

for (const rows of ["journeys", "touchpoints", "sessions", "identities"] as const) {
	exportsRoutes.get(`/${rows}`, allow("read"), (c) => exportRows(c, rows));
}

/** The list; a name that is no parameter of it is an identifier to look up, which is another route's. */
exportsRoutes.get("/profiles", allow("read"), (c, next) => {
	const isList = Object.keys(c.req.query()).every((name) => ROW_NAMES.includes(name) || PERSON_NAMES.includes(name));
	return isList ? exportRows(c, "profiles") : next();
});

exportsRoutes.get("/events", allow("read"), async (c) => {
	checkNames(c, EVENT_NAMES);
	const shape = readShape(c, "events", false);
	const { config } = c.var.access;
	const start = readCursor(c, config.streamShards, isEventPlace) ?? { shard: 0, place: { after: "" } };
	const type = readChoice(c, "type", [...DATA_TYPES, ...STATEMENT_TYPES, ""], "");
	const query = { ...readRange(c), zone: shape.zone, charsMax: EVENT_PAGE_CHARS, ...(type === "" ? {} : { type }) };
	const read = (shard: number, place: EventPlace, limit: number) => {
		const ask: EventQuery = { ...query, place, limit };
		return streamShardOf(c.env, config.workspace, shard).readEvents(ask);
	};
	return answer(c, shape, walk(read, start, config.streamShards, shape.limit));
});

async function exportRows(c: AppContext, rows: RowsOf): Promise<Response> {
	checkNames(c, PERSON_ROWS.has(rows) ? [...ROW_NAMES, ...PERSON_NAMES] : ROW_NAMES);
	const { env } = c;
	const { config } = c.var.access;
	const isFeed = (c.req.query("changedSince") ?? "") !== "";
	const shape = readShape(c, rows, isFeed);
	const start = readCursor(c, config.profileShards, isRowPlace);
	const person = readPerson(c, config.settings.timeZone);
	if (isFeed && person !== undefined) refuse("changedSince", `Not with ${PERSON_NAMES.join(", ")}.`);
	if (isFeed && start !== undefined) refuse("cursor", "changedSince goes on by itself: give it the x-strand-cursor.");
	const query: RowQuery = {
		...readFilter(c),
		rows,
		columns: shape.columns
			.filter(({ name }) => name !== "rule")
			.map(({ name, source, type }) => ({ name, source, isTime: type === "time" })),
		time: { zone: shape.zone, style: shape.csv === "excel" && shape.format === "csv" ? "plain" : "iso" },
		place: { after: "" },
		limit: shape.limit,
		charsMax: PAGE_CHARS,
		...(shape.format === "count" ? { countOnly: true } : {}),
		...(person === undefined ? {} : { person }),
	};
	// Before anything is read: what changes meanwhile is told by the next call.
	const shards = Array.from({ length: config.profileShards }, (_, shard) =>
		profileShardOf(env, config.workspace, shard),
	);
	const held = await Promise.all(shards.map((shard) => shard.changeNumbers()));
	const since = readChangeCursor(c, held);
	const until = held.map(({ last }) => last);
	if (since !== undefined) {
		if (Number.isFinite(shape.limit)) {
			const page = await readChangePage(env, config, query, since, until, LIMITED_BYTES_MAX);
			c.header(CURSOR_HEADER, writeChangeCursor(page.reached));
			if (page.hasMore) linkNext(c, "changedSince", writeChangeCursor(page.reached));
			return answer(c, shape, page.pages);
		}
		c.header(CURSOR_HEADER, writeChangeCursor(until));
		return answer(c, shape, feedPages(env, config, query, since, until));
	}
	c.header(CURSOR_HEADER, writeChangeCursor(until));
	const read = async (shard: number, place: RowPlace, limit: number) => {
		const page = await profileShardOf(env, config.workspace, shard).readRows({ ...query, place, limit });
		return rows === "identities" ? { ...page, bytes: await addLinkRules(env, config, page.bytes) } : page;
	};
	const isOne = query.profile !== undefined;
	return answer(c, shape, walk(read, start ?? { shard: 0, place: { after: "" } }, shards.length, shape.limit, isOne));
}

interface Shape {
	format: Format | "count";
	csv: "plain" | "excel";
	table: TableName;
	columns: readonly Column[];
	/** IANA name; null: UTC. */
	zone: string | null;
	/** Infinity: stream to the end. */
	limit: number;
}

function readShape(c: AppContext, table: TableName, isFeed: boolean): Shape {
	const { columns } = TABLES[table];
	const limit = readCount(c, "limit", LIMIT_MAX);
	const format = readChoice(c, "format", [...FORMATS, "count"], "ndjson");
	if (format === "count" && (isFeed || limit !== undefined)) {
		refuse("format", "A count is of everything: without limit and changedSince.");
	}
	return {
		format,
		csv: readChoice(c, "csv", ["plain", "excel"], "plain"),
		table,
		columns: isFeed ? [...columns, ...CHANGE_COLUMNS] : columns,
		zone: readZone(c, "tz") ?? null,
		limit: limit ?? Number.POSITIVE_INFINITY,
	};
}

function readFilter(c: AppContext): RowFilter & { profile?: string } {
	const channel = c.req.query("channel");
	const converted = readFlag(c, "converted");
	const profile = c.req.query("profile");
	return {
		...readRange(c),
		bots: readFlag(c, "bots") ?? false,
		...(channel === undefined || channel === "" ? {} : { channel }),
		...(converted === undefined ? {} : { converted }),
		...(profile === undefined || profile === "" ? {} : { profile }),
	};
}

/** @returns undefined where none of its parameters is given */
function readPerson(c: AppContext, timeZone: string): PersonFilter | undefined {
	const given = (name: string) => c.req.query(name) || undefined;
	const [stage, campaign, path] = [given("stage"), given("campaign"), given("path")];
	const end = readChoice(c, "pathEnd", ["any", "converted", "open"], "any");
	if (path === undefined && end !== "any") refuse("pathEnd", "Says how a path ends: name it with path.");
	if (stage !== undefined && !STAGES.some((one) => one === stage)) refuse("stage", `One of ${STAGES.join(", ")}.`);
	if (stage === undefined && campaign === undefined && path === undefined) return undefined;
	const steps = path?.split(" > ");
	return {
		timeZone,
		...(stage === undefined ? {} : { stage }),
		...(campaign === undefined ? {} : { campaign }),
		...(steps === undefined ? {} : { path: end === "any" ? { steps } : { steps, end } }),
	};
}

interface Page<Place> {
	bytes: Uint8Array;
	rows: number;
	next: Place | null;
}

/** Shard after shard. @param isOne a query for one profile: a shard that is not its own has nothing */
async function* walk<Place extends { after: string }>(
	read: (shard: number, place: Place, limit: number) => Promise<Page<Place>>,
	start: Cursor<Place>,
	shards: number,
	limit: number,
	isOne = false,
): AsyncGenerator<WalkedPage> {
	let left = limit;
	for (let shard = start.shard; shard < shards; shard++) {
		let place: Place | null = shard === start.shard ? start.place : ({ after: "" } as Place);
		while (place !== null) {
			const page: Page<Place> = await read(shard, place, left);
			left -= page.rows;
			place = page.next;
			const isLast = place === null && (shard + 1 === shards || (isOne && page.rows > 0));
			const next: Cursor<Place> =
				place === null ? { shard: shard + 1, place: { after: "" } as Place } : { shard, place };
			const share = isLast ? 1 : (shard + (place === null ? 1 : keyShare(place.after))) / shards;
			yield { bytes: page.bytes, rows: page.rows, next: isLast ? null : writeCursor(next), share };
			if (isLast || left <= 0) return;
		}
	}
}

async function answer(c: AppContext, shape: Shape, pages: AsyncGenerator<WalkedPage>): Promise<Response> {
	if (shape.format === "count") {
		let rows = 0;
		for await (const page of pages) rows += page.rows;
		return c.json({ rows });
	}
	let body: AsyncGenerator<WalkedPage> = pages;
	if (Number.isFinite(shape.limit)) {
		const held: WalkedPage[] = [];
		let bytes = 0;
		let next: string | null = null;
		let share = 1;
		for await (const page of pages) {
			held.push(page);
			bytes += page.bytes.byteLength;
			next = page.next;
			share = page.share ?? 1;
			if (bytes > LIMITED_BYTES_MAX || held.length >= LIMITED_PAGES_MAX) break;
		}
		c.header(PROGRESS_HEADER, share.toFixed(4));
		if (next !== null) linkNext(c, "cursor", next);
		body = eachPage(held);
	}
	const { format, columns, csv } = shape;
	c.header("content-type", CONTENT_TYPES[format]);
	c.header("cache-control", "no-store");
	if (format !== "ndjson") c.header("content-disposition", `attachment; filename="${shape.table}.${format}"`);
	return c.body(streamBytes(formatPages(bytesOf(body), { format, columns, csv })));
}

function linkNext(c: AppContext, name: string, value: string): void {
	const url = new URL(c.req.url);
	url.searchParams.set(name, value);
	c.header(NEXT_HEADER, value);
	c.header("link", `<${url.pathname}${url.search}>; rel="next"`);
}

async function* bytesOf(pages: AsyncIterable<WalkedPage>): AsyncGenerator<Uint8Array> {
	for await (const { bytes } of pages) if (bytes.byteLength > 0) yield bytes;
}

function isRowPlace(value: unknown): value is RowPlace {
	return isPlace(value, "profile", "id");
}

function isEventPlace(value: unknown): value is EventPlace {
	return isPlace(value, "stream", "m");
}

function isPlace(value: unknown, holder: string, name: string): boolean {
	const place = value as { after?: unknown; within?: { [field: string]: unknown } } | null;
	if (typeof place?.after !== "string") return false;
	const { within } = place;
	if (within === undefined) return true;
	return typeof within === "object" && typeof within[holder] === "string" && typeof within[name] === "string";
}
