/** `strand export`: a table of the collector into a file, page by page, so that a break costs one page. */
import {
	createReadStream,
	createWriteStream,
	existsSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { appendFile, rename } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { FORMATS, type Format, formatPages, TABLE_NAMES, TABLES, type TableName } from "../../export/index.ts";
import { CLIENT_HELP, CLIENT_OPTIONS, type Client, createClient } from "../contract-client.ts";
import { dataPath } from "../data-folder.ts";
import { writeAsOf } from "../export-as-of.ts";

export const help = `strand export [TABLE] --out FILE [--format FORMAT] [--from TIME] [--to TIME] [--as-of TIME]

Writes a table of the collector to a file. What was fetched stays in FILE.part until all is
there: the same command goes on where a break stopped it. At the end rows are counted again.

  TABLE                ${TABLE_NAMES.join(", ")} (journeys)
  --out FILE
  --format FORMAT      ${FORMATS.join(", ")} (by the file's ending, else ndjson)
  --excel              CSV that Excel opens as it should
  --tz ZONE            of times in NDJSON and CSV (UTC)
  --from, --to TIME    ISO 8601; from inclusive, to exclusive
  --profile, --channel, --converted 1|0, --bots 1|0; --type of events
  --page-rows N        rows a request (20000)
  --as-of TIME         as it was known then, computed anew from the log of a local collector, which may be
                       running; under today's settings
  --data FOLDER        of that collector (or STRAND_DATA; .strand), --workspace NAME (main)
${CLIENT_HELP}

Exit code: 0 done, 1 failed or the count differs, 2 wrong usage.`;

const FILTERS = ["from", "to", "tz", "profile", "channel", "converted", "bots", "type"] as const;
type Filters = { [filter in (typeof FILTERS)[number]]?: string };
const PAGE_ROWS_MAX = 100_000;
const CHUNK_BYTES = 1024 * 1024;

/** What stands beside the part, so that it can be gone on with. */
interface State {
	/** Address of the table with its filters: another one begins anew. */
	query: string;
	next: string | null;
	rows: number;
	bytes: number;
	/** Place in the change feed, taken before the first row. */
	changes: string | null;
	isDone: boolean;
}

/** @returns the exit code; see {@link help} */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			...CLIENT_OPTIONS,
			out: { type: "string" },
			format: { type: "string" },
			excel: { type: "boolean", default: false },
			"page-rows": { type: "string", default: "20000" },
			"as-of": { type: "string" },
			data: { type: "string" },
			workspace: { type: "string", default: "main" },
			...Object.fromEntries(FILTERS.map((name) => [name, { type: "string" as const }])),
		},
	});
	const [name = "journeys", ...others] = positionals;
	const table = TABLE_NAMES.find((one) => one === name);
	const { out } = values;
	const format = FORMATS.find((one) => one === (values.format ?? formatOf(out)));
	const pageRows = Number(values["page-rows"]);
	const isPageSize = Number.isInteger(pageRows) && pageRows >= 1 && pageRows <= PAGE_ROWS_MAX;
	if (table === undefined || others.length > 0 || out === undefined || format === undefined || !isPageSize) {
		console.error(help);
		return 2;
	}
	const until = values["as-of"];
	if (until !== undefined) {
		const place = { folder: dataPath(values.data), workspace: values.workspace };
		return exportAsOf({ table, format, out, excel: values.excel, until, ...place, filters: values as Filters });
	}
	const filters = new URLSearchParams();
	const given = values as { [name: string]: unknown };
	for (const filter of FILTERS) if (typeof given[filter] === "string") filters.set(filter, String(given[filter]));
	const client = createClient(values);
	const query = `/v1/${table}?${filters}`;
	const state = await fetchAll(client, query, out, pageRows);
	if (process.stderr.isTTY) process.stderr.write("\n");
	await convert(table, format, values.excel, out);
	rmSync(`${out}.part.json`, { force: true });
	const isRight = table === "events" || (await verify(client, query, state));
	console.error(
		`${state.rows} rows in ${out}${state.changes === null ? "" : `; go on with changedSince=${state.changes}`}`,
	);
	return isRight ? 0 : 1;
}

interface AsOf {
	table: TableName;
	format: Format;
	out: string;
	excel: boolean;
	until: string;
	folder: string;
	workspace: string;
	filters: Filters;
}

/** @throws Error on a filter that is none: no server looks at these */
async function exportAsOf(asked: AsOf): Promise<number> {
	const { table, format, out, excel, folder, workspace } = asked;
	const given = (filter: keyof Filters) => asked.filters[filter] || undefined;
	const until = readTime("as-of", asked.until) as number;
	const flag = (filter: "converted" | "bots") => {
		const text = given(filter);
		if (text !== undefined && text !== "1" && text !== "0") throw new Error(`--${filter} is 1 or 0`);
		return text === undefined ? undefined : text === "1";
	};
	const [from, to, channel, converted] = [
		readTime("from", given("from")),
		readTime("to", given("to")),
		given("channel"),
		flag("converted"),
	];
	const rows = await writeAsOf({
		folder,
		workspace,
		table,
		until,
		filter: {
			bots: flag("bots") ?? false,
			...(from === undefined ? {} : { from }),
			...(to === undefined ? {} : { to }),
			...(channel === undefined ? {} : { channel }),
			...(converted === undefined ? {} : { converted }),
		},
		profile: given("profile") ?? null,
		type: given("type") ?? null,
		zone: given("tz") ?? null,
		style: excel && format === "csv" ? "plain" : "iso",
		file: `${out}.part`,
		onProgress: (events) => {
			if (process.stderr.isTTY) process.stderr.write(`\r${events} events`);
		},
	});
	if (process.stderr.isTTY) process.stderr.write("\n");
	await convert(table, format, excel, out);
	console.error(`${rows} rows in ${out}, as known on ${new Date(until).toISOString()}`);
	return 0;
}

function readTime(option: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const ms = Date.parse(text);
	if (Number.isNaN(ms)) throw new Error(`--${option} is no time: use ISO 8601, for example 2026-01-31`);
	return ms;
}

function formatOf(out: string | undefined): string {
	const ending = /\.(\w+)$/.exec(out ?? "")?.[1]?.toLowerCase() ?? "";
	return (FORMATS as readonly string[]).includes(ending) ? ending : "ndjson";
}

async function fetchAll(client: Client, query: string, out: string, pageRows: number): Promise<State> {
	const [part, note] = [`${out}.part`, `${out}.part.json`];
	let state = readState(note, part, query);
	if (state === null) {
		writeFileSync(part, "");
		state = { query, next: null, rows: 0, bytes: 0, changes: null, isDone: false };
	} else {
		// A page that was half written when we were stopped is fetched again.
		truncateSync(part, state.bytes);
		console.error(`going on after ${state.rows} rows`);
	}
	while (!state.isDone) {
		const cursor: string = state.next === null ? "" : `&cursor=${state.next}`;
		const response = await client.call(`${query}&limit=${pageRows}${cursor}`);
		const bytes = new Uint8Array(await response.arrayBuffer());
		await appendFile(part, bytes);
		const next: string | null = response.headers.get("x-strand-next");
		state = {
			query,
			next,
			rows: state.rows + bytes.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0),
			bytes: state.bytes + bytes.byteLength,
			changes: state.changes ?? response.headers.get("x-strand-cursor"),
			isDone: next === null,
		};
		writeFileSync(note, JSON.stringify(state));
		if (process.stderr.isTTY) process.stderr.write(`\r${state.rows} rows, ${(state.bytes / 1e6).toFixed(1)} MB`);
	}
	return state;
}

function readState(note: string, part: string, query: string): State | null {
	if (!existsSync(note) || !existsSync(part)) return null;
	const state = JSON.parse(readFileSync(note, "utf8")) as State;
	return state.query === query ? state : null;
}

async function convert(table: TableName, format: Format, excel: boolean, out: string): Promise<void> {
	const part = `${out}.part`;
	if (format === "ndjson") {
		await rename(part, out);
		return;
	}
	const { columns } = TABLES[table];
	const pages = formatPages(readLines(part), { format, columns, csv: excel ? "excel" : "plain" });
	await pipeline(Readable.from(pages), createWriteStream(out));
	rmSync(part);
}

/** Chunks of whole lines. */
async function* readLines(file: string): AsyncGenerator<Uint8Array> {
	let rest: Buffer = Buffer.alloc(0);
	for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
		const bytes = Buffer.concat([rest, chunk as Buffer]);
		const end = bytes.lastIndexOf(10) + 1;
		rest = bytes.subarray(end);
		if (end > 0) yield bytes.subarray(0, end);
	}
}

/** What came while we were reading may make a difference that is none. */
async function verify(client: Client, query: string, state: State): Promise<boolean> {
	const response = await client.call(`${query}&format=count`);
	const { rows } = (await response.json()) as { rows: number };
	if (rows === state.rows) return true;
	const isChanged = response.headers.get("x-strand-cursor") !== state.changes;
	console.error(
		isChanged
			? `The collector has ${rows} rows by now: data changed during the export.`
			: `The collector counts ${rows} rows, the file has ${state.rows}: run the export again.`,
	);
	return isChanged;
}
