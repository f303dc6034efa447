/**
 * `POST /v1/imports`: a CSV or NDJSON table of contacts made elsewhere. The table is read twice, first for its faults: rows go in
 * all or, when asked so, the good ones. A row that comes again adds nothing. Larger files: `strand import`.
 */
import { Hono } from "hono";
import { LIMITS, type Rejected, type WireEvent } from "../../sdk/wire.ts";
import { createHasher, cutAt, readRef } from "../identity/index.ts";
import {
	createRowReader,
	type ImportMap,
	parseImportMap,
	type RowFault,
	type RowReader,
} from "../ingest/import/index.ts";
import { acceptEvents } from "../ingest/index.ts";
import { appendEvents, routeEvents } from "../store/client.ts";
import { allow } from "./access.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { type BodyTable, readTable } from "./import-table.ts";
import { streamProgress, type Tell } from "./progress.ts";
import { checkNames, readFlag, readZone, refuse } from "./query.ts";
import { readBytes } from "./read-body.ts";

/** The table is held while it is read: bytes; above: 413. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Told at once; all are counted. */
const FAULTS_SHOWN = 100;
const PREVIEW_ROWS = 5;
const ADVICE = " here: use strand import, or send it in parts, each with its headers";

export const imports = new Hono<AppEnv>();

imports.post("/imports", allow("secret"), async (c) => {
	checkNames(c, ["map", "template", "tz", "currency", "encoding", "dryRun", "skipErrors", "progress"]);
	readZone(c, "tz");
	const table = await readTable(c, await readBytes(c, BODY_BYTES_MAX, ADVICE));
	const { config } = c.var.access;
	const hash = createHasher(config.secret);
	const isUsable = (kind: string, value: string) => readRef({ [kind]: value }, config.settings.identity, hash) !== null;
	const reader = asParameter(() => createRowReader(table.headers, readMap(c), isUsable));
	const isDry = readFlag(c, "dryRun") ?? false;
	const skipErrors = readFlag(c, "skipErrors") ?? false;
	const tellsProgress = readFlag(c, "progress") ?? false;
	const checked = await checkRows(table, reader);
	if (isDry) return c.json({ accepted: 0, rejected: [], ...checked });
	if (checked.rowsWithFaults > 0 && !skipErrors) {
		const message = `${checked.rowsWithFaults} rows have faults and nothing was imported: mend them, or send skipErrors=1.`;
		return c.json({ error: { code: "bad_field", message }, accepted: 0, rejected: [], ...checked }, 422);
	}
	const send = async (tell: Tell) => ({ ...(await sendRows(c, table, reader, checked.good, tell)), ...checked });
	return tellsProgress ? streamProgress(c, send) : c.json(await send(() => true));
});

async function checkRows(table: BodyTable, reader: RowReader) {
	const faults: RowFault[] = [];
	const preview: WireEvent[] = [];
	let [good, rowsWithFaults] = [0, 0];
	for await (const { row, cells } of table.rows()) {
		const read = reader.read(cells, row);
		if (read === null) continue;
		if (read.ok) {
			good++;
			if (preview.length < PREVIEW_ROWS) preview.push(read.event);
			continue;
		}
		rowsWithFaults++;
		if (faults.length < FAULTS_SHOWN) faults.push(...read.faults);
	}
	return { rows: good + rowsWithFaults, good, rowsWithFaults, faults, unusedColumns: reader.unused, preview };
}

/** The map as JSON in `map`, with the shorthands beside it. */
function readMap(c: AppContext): ImportMap {
	let written: unknown;
	try {
		written = JSON.parse(c.req.query("map") ?? "{}");
	} catch {
		return refuse("map", "Not JSON.");
	}
	if (typeof written !== "object" || written === null || Array.isArray(written)) return refuse("map", "Not an object.");
	const [template, timeZone, currency] = [c.req.query("template"), c.req.query("tz"), c.req.query("currency")];
	const parsed = parseImportMap({
		...written,
		...(template === undefined ? {} : { template }),
		...(timeZone === undefined ? {} : { timeZone }),
		...(currency === undefined ? {} : { currency }),
	});
	return parsed.ok ? parsed.map : refuse(parsed.field === "" ? "map" : `map.${parsed.field}`, parsed.message);
}

/** Headers and maps that do not fit are the caller's to change. */
function asParameter<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof RangeError) return refuse("map", error.message);
		throw error;
	}
}

async function sendRows(c: AppContext, table: BodyTable, reader: RowReader, good: number, tell: Tell) {
	const rejected: (Rejected & { row: number })[] = [];
	let [accepted, isWanted] = [0, true];
	let events: WireEvent[] = [];
	let numbers: number[] = [];
	const flush = async () => {
		if (events.length === 0) return;
		const result = await appendRows(c, events, accepted);
		accepted += result.accepted;
		for (const one of result.rejected) rejected.push({ ...one, row: numbers[one.index] ?? 0 });
		[events, numbers] = [[], []];
		isWanted = tell((accepted + rejected.length) / good);
	};
	for await (const { row, cells } of table.rows()) {
		const read = reader.read(cells, row);
		if (read === null || !read.ok) continue;
		events.push(read.event);
		numbers.push(row);
		if (events.length === LIMITS.batchEventsMax) await flush();
		if (!isWanted) break;
	}
	await flush();
	return { accepted, rejected };
}

/** @param before rows that are in already, for the refusal to say */
async function appendRows(c: AppContext, events: readonly WireEvent[], before: number) {
	const { config, trust } = c.var.access;
	const receivedAt = Date.now();
	const contentFrom = cutAt(receivedAt, config.settings.retentionDays);
	const result = acceptEvents(events, { receivedAt, trust, contentFrom });
	const answer = await appendEvents(c.env, config, routeEvents(config, result.accepted, [], c.var.access.key.id));
	if (answer !== "ok") {
		const message = `Stopped after ${before} rows; send the table again: what is in adds nothing.`;
		throw new Refusal(503, answer, message, { retryAfter: 5 });
	}
	return { accepted: result.accepted.length, rejected: result.rejected.map((one) => one.rejected) };
}
