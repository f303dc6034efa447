/** `strand import`: a table of contacts made elsewhere joins the chains. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BatchAnswer, WireEvent } from "../../../sdk/wire.ts";
import { createHasher, readRef } from "../../identity/index.ts";
import {
	createRowReader,
	ENCODINGS,
	type Encoding,
	type ImportMap,
	parseImportMap,
	type RowFault,
	type RowReader,
	TEMPLATES,
} from "../../ingest/import/index.ts";
import { CLIENT_HELP, CLIENT_OPTIONS, type Client, createClient } from "../contract-client.ts";
import { openTable } from "../import/open-table.ts";
import { createRepeats, REPEAT_IDS_MAX, type Repeats } from "../import/repeats.ts";
import type { Table } from "../import/table.ts";
import { print } from "../print.ts";

export const help = `strand import FILE [--map FILE] [--template NAME] [--tz ZONE] [--dry-run]

Sends a table of contacts (CSV, XLSX, NDJSON) to a collector, as touches or as people.
A row that is imported again adds nothing. Nothing is sent while any row has a fault,
unless --skip-errors says so.

  --map FILE           JSON: which column fills what (docs/data.md)
  --template NAME      ready map: ${Object.keys(TEMPLATES).join(", ")}
  --tz ZONE            of times that name none, for example Asia/Shanghai
  --currency CODE      of amounts that name none
  --dry-run            reads everything, shows faults and the first rows, sends nothing
  --skip-errors        sends the good rows and leaves out the others
  --encoding NAME      ${ENCODINGS.join(", ")} (auto: by its bytes)
  --sheet NAME         of an XLSX file (the first one)
  --region CODE        country of phone numbers without a country code (CN)
${CLIENT_HELP}

The key must be secret, or a write key made for servers. Exit code: 0 done, 1 faults, 2 wrong usage.`;

const FAULTS_SHOWN = 50;
const PREVIEW_ROWS = 3;
const BATCH_EVENTS_MAX = 500;
/** UTF-8 bytes, below the collector's 512 KiB. */
const BATCH_BYTES_MAX = 400 * 1024;

/** @returns the exit code; see {@link help} */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			...CLIENT_OPTIONS,
			map: { type: "string" },
			template: { type: "string" },
			tz: { type: "string" },
			currency: { type: "string" },
			"dry-run": { type: "boolean", default: false },
			"skip-errors": { type: "boolean", default: false },
			encoding: { type: "string", default: "auto" },
			sheet: { type: "string" },
			region: { type: "string", default: "CN" },
		},
	});
	const [file, ...others] = positionals;
	const encoding = ENCODINGS.find((name) => name === values.encoding);
	if (file === undefined || others.length > 0 || encoding === undefined) {
		console.error(help);
		return 2;
	}
	const map = readMap(values.map, {
		...(values.template === undefined ? {} : { template: values.template }),
		...(values.tz === undefined ? {} : { timeZone: values.tz }),
		...(values.currency === undefined ? {} : { currency: values.currency }),
	});
	const source = { file, encoding, sheet: values.sheet, map, region: values.region };
	const checked = await checkTable(source);
	report(checked);
	if (checked.faults > 0 && !values["skip-errors"]) {
		console.error("Nothing was sent. Mend the rows, or send the good ones with --skip-errors.");
		return 1;
	}
	if (values["dry-run"]) return 0;
	const sent = await sendTable(source, checked.good, createClient(values));
	console.error(`${sent.accepted} rows are in${sent.refused === 0 ? "" : `, ${sent.refused} were refused`}.`);
	return sent.refused === 0 ? 0 : 1;
}

interface Source {
	file: string;
	encoding: Encoding | "auto";
	sheet: string | undefined;
	map: ImportMap;
	region: string;
}

function readMap(file: string | undefined, options: { [name: string]: string }): ImportMap {
	const written = file === undefined ? {} : (JSON.parse(readFileSync(file, "utf8")) as object);
	const parsed = parseImportMap({ ...written, ...options });
	if (!parsed.ok) throw new Error(`map${parsed.field === "" ? "" : `, ${parsed.field}`}: ${parsed.message}`);
	return parsed.map;
}

async function open({ file, encoding, sheet, map, region }: Source): Promise<{ table: Table; reader: RowReader }> {
	const table = await openTable(file, { encoding, sheet });
	const hash = createHasher("any: only whether a value is usable is asked");
	const settings = { phoneRegion: region, blocked: [] };
	const isUsable = (kind: string, value: string) => readRef({ [kind]: value }, settings, hash) !== null;
	return { table, reader: createRowReader(table.headers, map, isUsable) };
}

interface Checked {
	notes: string[];
	good: number;
	/** Rows with a fault. */
	faults: number;
	shown: RowFault[];
	preview: WireEvent[];
	repeats: Repeats;
}

async function checkTable(source: Source): Promise<Checked> {
	const { table, reader } = await open(source);
	const unused = reader.unused.length === 0 ? [] : [`columns left out: ${reader.unused.join(", ")}`];
	const checked: Checked = {
		notes: [...table.notes, ...unused],
		good: 0,
		faults: 0,
		shown: [],
		preview: [],
		repeats: createRepeats(),
	};
	for await (const { row, cells } of table.rows) {
		const read = reader.read(cells, row);
		if (read === null) continue;
		if (!read.ok) {
			checked.faults++;
			if (checked.shown.length < FAULTS_SHOWN) checked.shown.push(...read.faults);
			continue;
		}
		checked.good++;
		checked.repeats.add(String(read.event.messageId));
		if (checked.preview.length < PREVIEW_ROWS) checked.preview.push(read.event);
	}
	return checked;
}

function report({ notes, good, faults, shown, preview, repeats }: Checked): void {
	for (const note of notes) console.error(note);
	for (const { row, column, message } of shown) {
		console.error(`row ${row}${column === null ? "" : `, ${column}`}: ${message}`);
	}
	if (faults > shown.length) console.error(`… ${faults} rows with faults in all`);
	console.error(`${good} good rows${faults === 0 ? "" : `, ${faults} with faults`}`);
	if (repeats.count > 0) console.error(`${repeats.count} rows say the same as an earlier one and count once`);
	if (repeats.isPartial) console.error(`(looked for among the first ${REPEAT_IDS_MAX} different rows)`);
	for (const event of preview) print(JSON.stringify(event));
}

async function sendTable(
	source: Source,
	total: number,
	client: Client,
): Promise<{ accepted: number; refused: number }> {
	const { table, reader } = await open(source);
	const sent = { accepted: 0, refused: 0 };
	let events: WireEvent[] = [];
	let numbers: number[] = [];
	let bytes = 0;
	const flush = async () => {
		if (events.length === 0) return;
		const response = await client.call("/v1/batch", { method: "POST", body: JSON.stringify({ batch: events }) });
		const { accepted, rejected } = (await response.json()) as BatchAnswer;
		sent.accepted += accepted;
		sent.refused += rejected.length;
		for (const { index, message } of rejected) console.error(`row ${numbers[index]}: ${message}`);
		[events, numbers, bytes] = [[], [], 0];
		progress(sent.accepted + sent.refused, total);
	};
	for await (const { row, cells } of table.rows) {
		const read = reader.read(cells, row);
		if (read === null || !read.ok) continue;
		const size = Buffer.byteLength(JSON.stringify(read.event));
		if (events.length >= BATCH_EVENTS_MAX || bytes + size > BATCH_BYTES_MAX) await flush();
		events.push(read.event);
		numbers.push(row);
		bytes += size;
	}
	await flush();
	if (process.stderr.isTTY) process.stderr.write("\n");
	return sent;
}

function progress(done: number, total: number): void {
	if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} rows (${Math.floor((100 * done) / total)} %)`);
}
