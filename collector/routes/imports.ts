/**
 * `POST /v1/imports`: a CSV or NDJSON table of contacts made elsewhere, at once. Rows go in all or, when
 * asked so, the good ones; a row that comes again adds nothing. Larger files: `strand import`.
 */
import { CsvError, parse } from "csv-parse/sync";
import { Hono } from "hono";
import { LIMITS, type Rejected, type WireEvent } from "../../sdk/wire.ts";
import { createHasher, readRef } from "../identity/index.ts";
import {
	createRowReader,
	detectEncoding,
	detectSeparator,
	ENCODINGS,
	type ImportMap,
	parseImportMap,
	type RowFault,
	SEPARATORS,
} from "../ingest/import/index.ts";
import { acceptEvents } from "../ingest/index.ts";
import { appendEvents, routeEvents } from "../store/client.ts";
import { allow } from "./access.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { checkNames, readChoice, readFlag, refuse } from "./query.ts";

/** The table is held while it is read: bytes; above: 413. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Told at once; all are counted. */
const FAULTS_SHOWN = 100;
const PREVIEW_ROWS = 5;

export const imports = new Hono<AppEnv>();

imports.post("/imports", allow("secret"), async (c) => {
	checkNames(c, ["map", "template", "tz", "currency", "encoding", "dryRun", "skipErrors"]);
	const table = readTable(c, await readBody(c));
	const { config } = c.var.access;
	const hash = createHasher(config.secret);
	const isUsable = (kind: string, value: string) => readRef({ [kind]: value }, config.settings.identity, hash) !== null;
	const reader = asParameter(() => createRowReader(table.headers, readMap(c), isUsable));
	const events: WireEvent[] = [];
	const rowOf: number[] = [];
	const faults: RowFault[] = [];
	let rowsWithFaults = 0;
	for (const { row, cells } of table.rows) {
		const read = reader.read(cells, row);
		if (read === null) continue;
		if (read.ok) {
			events.push(read.event);
			rowOf.push(row);
			continue;
		}
		rowsWithFaults++;
		if (faults.length < FAULTS_SHOWN) faults.push(...read.faults);
	}
	const summary = {
		rows: events.length + rowsWithFaults,
		good: events.length,
		rowsWithFaults,
		faults,
		unusedColumns: reader.unused,
		preview: events.slice(0, PREVIEW_ROWS),
	};
	if (readFlag(c, "dryRun") ?? false) return c.json({ accepted: 0, rejected: [], ...summary });
	if (rowsWithFaults > 0 && !(readFlag(c, "skipErrors") ?? false)) {
		const message = `${rowsWithFaults} rows have faults and nothing was imported: mend them, or send skipErrors=1.`;
		return c.json({ error: { code: "bad_field", message }, accepted: 0, rejected: [], ...summary }, 422);
	}
	const sent = await sendAll(c, events, rowOf);
	return c.json({ ...sent, ...summary });
});

async function readBody(c: AppContext): Promise<Uint8Array> {
	const tooLarge = () =>
		new Refusal(413, "body_too_large", `A table holds at most ${BODY_BYTES_MAX} bytes here: use strand import.`);
	if (Number(c.req.header("content-length") ?? 0) > BODY_BYTES_MAX) throw tooLarge();
	const bytes = new Uint8Array(await c.req.arrayBuffer());
	if (bytes.byteLength > BODY_BYTES_MAX) throw tooLarge();
	return bytes;
}

interface BodyTable {
	headers: string[];
	/** Numbered as a person sees them. */
	rows: { row: number; cells: string[] }[];
}

function readTable(c: AppContext, bytes: Uint8Array): BodyTable {
	const asked = readChoice(c, "encoding", ENCODINGS, "auto");
	const encoding = asked === "auto" ? detectEncoding(bytes, false) : asked;
	let text: string;
	try {
		text = new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
	} catch {
		return refuse("encoding", `The table is not ${encoding} throughout: say its encoding.`);
	}
	const type = c.req.header("content-type") ?? "";
	if (/ndjson|jsonl|json-seq/.test(type)) return readObjects(text);
	if (!/csv|tab-separated|text\/plain/.test(type)) {
		throw new Refusal(400, "bad_parameter", "Send text/csv or application/x-ndjson.", { field: "content-type" });
	}
	try {
		const delimiter = SEPARATORS[detectSeparator(text)] ?? ",";
		const [headers, ...records] = parse(text, { delimiter, relax_column_count: true }) as string[][];
		if (headers === undefined)
			throw new Refusal(400, "bad_parameter", "The table is empty: it needs a row of headers.");
		return {
			headers: headers.map((header) => header.trim()),
			rows: records.map((cells, index) => ({ row: index + 2, cells })),
		};
	} catch (error) {
		if (error instanceof CsvError) throw new Refusal(400, "bad_parameter", `Not CSV: ${error.message}`);
		throw error;
	}
}

function readObjects(text: string): BodyTable {
	const rows = text.split("\n").flatMap((line, index) => {
		if (line.trim() === "") return [];
		try {
			const value: unknown = JSON.parse(line);
			if (typeof value === "object" && value !== null && !Array.isArray(value)) {
				return [{ row: index + 1, value: value as { [name: string]: unknown } }];
			}
		} catch {
			// Told below, as for what is JSON and no object.
		}
		throw new Refusal(400, "not_json", `Line ${index + 1} is no JSON object.`);
	});
	const headers = [...new Set(rows.flatMap(({ value }) => Object.keys(value)))];
	const write = (value: unknown) =>
		value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
	return { headers, rows: rows.map(({ row, value }) => ({ row, cells: headers.map((name) => write(value[name])) })) };
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

async function sendAll(c: AppContext, events: WireEvent[], rowOf: number[]) {
	const { config, trust } = c.var.access;
	const receivedAt = Date.now();
	const rejected: (Rejected & { row: number })[] = [];
	let accepted = 0;
	for (let at = 0; at < events.length; at += LIMITS.batchEventsMax) {
		const part = events.slice(at, at + LIMITS.batchEventsMax);
		const result = acceptEvents(part, { receivedAt, trust });
		const answer = await appendEvents(c.env, config, routeEvents(config, result.accepted, [], c.var.access.key.id));
		if (answer !== "ok") {
			const message = `Stopped after ${accepted} rows; send the table again: what is in adds nothing.`;
			throw new Refusal(503, answer, message, { retryAfter: 5 });
		}
		accepted += result.accepted.length;
		for (const { rejected: one } of result.rejected) rejected.push({ ...one, row: rowOf[at + one.index] ?? 0 });
	}
	return { accepted, rejected };
}
