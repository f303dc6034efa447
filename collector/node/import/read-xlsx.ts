/**
 * XLSX, one sheet, row by row: the sheet streams through, and only the workbook's styles and the first of its shared
 * texts are held. Dates come out as a clock shows them (`2026-03-01 08:30:00`): a spreadsheet knows no zone.
 *
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-376/ part 1, 18.3 and 18.8
 */
import type { Readable } from "node:stream";
import sax from "sax";
import yauzl from "yauzl";
import { SharedTexts } from "./shared-texts.ts";
import { type Table, TableFault, type TableRow } from "./table.ts";

/** Columns read of a row (Excel itself stops at 16,384). */
const COLUMNS_MAX = 1_000;
/** Rows that are read ahead of the reader before the file is made to wait. */
const ROWS_AHEAD_MAX = 500;
/** Built-in number formats that show a date or a time of day. */
const DATE_FORMATS: ReadonlySet<number> = new Set([
	14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56,
	57, 58,
]);
const DAY_MS = 24 * 3600_000;
/** Day 0 of serial dates: Excel believes that 1900 was a leap year. */
const SERIAL_START = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) };

/**
 * @param sheet name; the first one when absent
 * @throws TableFault for what is no workbook, or has no such sheet
 */
export async function openXlsx(file: string, sheet: string | undefined): Promise<Table> {
	const archive = await openArchive(file);
	const sheets: { name: string; id: string }[] = [];
	let start = SERIAL_START[1900];
	await scan(await archive.read("xl/workbook.xml"), (name, attributes) => {
		if (name === "sheet") sheets.push({ name: attributes.name ?? "", id: attributes["r:id"] ?? "" });
		if (name === "workbookPr" && /^(1|true)$/.test(attributes.date1904 ?? "")) start = SERIAL_START[1904];
	});
	const chosen = sheet === undefined ? sheets[0] : sheets.find(({ name }) => name === sheet);
	if (chosen === undefined) {
		throw new TableFault(
			`there is no sheet "${sheet ?? ""}": the workbook has ${sheets.map(({ name }) => name).join(", ")}`,
		);
	}
	let path = "";
	await scan(await archive.read("xl/_rels/workbook.xml.rels"), (name, attributes) => {
		if (name === "Relationship" && attributes.Id === chosen.id) path = attributes.Target ?? "";
	});
	const part = path.startsWith("/") ? path.slice(1) : `xl/${path}`;
	const texts = new SharedTexts();
	if (archive.has("xl/sharedStrings.xml")) await readShared(await archive.read("xl/sharedStrings.xml"), texts);
	const dates = archive.has("xl/styles.xml") ? await readDateStyles(await archive.read("xl/styles.xml")) : [];
	const rows = readSheet(await archive.read(part), texts, (style) => dates[style] === true, start);
	const first = await rows.next();
	if (first.done) throw new TableFault(`sheet "${chosen.name}" is empty: expected a row of headers`);
	return { headers: first.value.cells.map((header) => header.trim()), rows, notes: [`sheet ${chosen.name}`] };
}

interface Archive {
	has(path: string): boolean;
	read(path: string): Promise<Readable>;
}

function openArchive(file: string): Promise<Archive> {
	return new Promise((resolve, reject) => {
		yauzl.open(file, { autoClose: false, lazyEntries: true }, (error, zip) => {
			if (error) {
				reject(new TableFault(`not an XLSX file: ${error.message}`));
				return;
			}
			const entries = new Map<string, yauzl.Entry>();
			zip.on("error", reject);
			zip.on("entry", (entry: yauzl.Entry) => {
				entries.set(entry.fileName, entry);
				zip.readEntry();
			});
			zip.on("end", () => {
				resolve({
					has: (path) => entries.has(path),
					read: (path) =>
						new Promise((opened, failed) => {
							const entry = entries.get(path);
							if (entry === undefined) {
								failed(new TableFault(`not an XLSX file: it has no ${path}`));
								return;
							}
							zip.openReadStream(entry, (fault, stream) => (fault ? failed(fault) : opened(stream)));
						}),
				});
			});
			zip.readEntry();
		});
	});
}

type Attributes = { [name: string]: string | undefined };

interface XmlEvents {
	open?(name: string, attributes: Attributes): void;
	close?(name: string): void;
	text?(text: string): void;
}

/** Element names without their namespace's prefix. */
function parseXml(stream: Readable, events: XmlEvents): Promise<void> {
	return new Promise((resolve, reject) => {
		const parser = sax.createStream(true, { position: false });
		const bare = (name: string) => name.slice(name.indexOf(":") + 1);
		const fail = (error: unknown) => {
			stream.destroy();
			reject(error instanceof TableFault ? error : new TableFault(`not an XLSX file: ${(error as Error).message}`));
		};
		/** What a handler throws would else leave through the stream's own events. */
		const guard =
			<Given extends unknown[]>(handle: (...given: Given) => void) =>
			(...given: Given) => {
				try {
					handle(...given);
				} catch (error) {
					fail(error);
				}
			};
		const text = guard((part: string) => events.text?.(part));
		parser.on(
			"opentag",
			guard(({ name, attributes }: sax.Tag | sax.QualifiedTag) => events.open?.(bare(name), attributes as Attributes)),
		);
		parser.on(
			"closetag",
			guard((name: string) => events.close?.(bare(name))),
		);
		parser.on("text", text);
		parser.on("cdata", text);
		parser.on("error", fail);
		parser.on("end", resolve);
		stream.on("error", fail);
		stream.pipe(parser);
	});
}

function scan(stream: Readable, open: (name: string, attributes: Attributes) => void): Promise<void> {
	return parseXml(stream, { open });
}

async function readShared(stream: Readable, texts: SharedTexts): Promise<void> {
	let [text, isText, isReading] = ["", false, false];
	await parseXml(stream, {
		open(name) {
			if (name === "si") [text, isReading] = ["", true];
			// Readings of Japanese words stand beside the text.
			if (name === "rPh") isReading = false;
			isText = name === "t";
		},
		text(part) {
			if (isText && isReading) text += part;
		},
		close(name) {
			isText = false;
			if (name === "rPh") isReading = true;
			if (name === "si") texts.add(text);
		},
	}).catch((error: unknown) => {
		texts.close();
		throw error;
	});
}

/** By cell style: whether its number is shown as a date. */
async function readDateStyles(stream: Readable): Promise<boolean[]> {
	const custom = new Map<number, boolean>();
	const styles: boolean[] = [];
	let isCellStyles = false;
	await parseXml(stream, {
		open(name, attributes) {
			if (name === "numFmt") {
				const code = (attributes.formatCode ?? "").replace(/"[^"]*"|\\.|\[[^\]]*\]/g, "");
				custom.set(Number(attributes.numFmtId), /[ymdhs]/i.test(code) && !/general/i.test(code));
			}
			if (name === "cellXfs") isCellStyles = true;
			if (name === "xf" && isCellStyles) {
				const format = Number(attributes.numFmtId ?? 0);
				styles.push(custom.get(format) ?? DATE_FORMATS.has(format));
			}
		},
		close(name) {
			if (name === "cellXfs") isCellStyles = false;
		},
	});
	return styles;
}

async function* readSheet(
	stream: Readable,
	texts: SharedTexts,
	isDate: (style: number) => boolean,
	start: number,
): AsyncGenerator<TableRow> {
	try {
		yield* readRows(stream, texts, isDate, start);
	} finally {
		texts.close();
	}
}

async function* readRows(
	stream: Readable,
	texts: SharedTexts,
	isDate: (style: number) => boolean,
	start: number,
): AsyncGenerator<TableRow> {
	const ready: TableRow[] = [];
	let wake = () => {};
	let [row, column, type, style, text, isValue] = [0, 0, "", 0, "", false];
	let cells: string[] = [];
	let isDone = false;
	let fault: unknown = null;
	const finished = parseXml(stream, {
		open(name, attributes) {
			if (name === "row") [row, cells, column] = [Number(attributes.r ?? row + 1), [], -1];
			if (name === "c") {
				column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
				[type, style, text] = [attributes.t ?? "n", Number(attributes.s ?? 0), ""];
			}
			isValue = name === "v" || name === "t";
		},
		text(part) {
			if (isValue) text += part;
		},
		close(name) {
			isValue = false;
			if (name === "c" && column < COLUMNS_MAX) {
				while (cells.length < column) cells.push("");
				cells[column] = readCell(type, text, isDate(style), texts, start);
			}
			if (name !== "row" || cells.every((cell) => cell === "")) return;
			ready.push({ row, cells });
			if (ready.length >= ROWS_AHEAD_MAX) stream.pause();
			wake();
		},
	}).then(
		() => {
			isDone = true;
			wake();
		},
		(error: unknown) => {
			[fault, isDone] = [error, true];
			wake();
		},
	);
	for (;;) {
		const next = ready.shift();
		if (next !== undefined) {
			yield next;
			continue;
		}
		if (isDone) break;
		const waiting = new Promise<void>((resolve) => {
			wake = resolve;
		});
		stream.resume();
		await waiting;
	}
	await finished;
	if (fault !== null) throw fault;
}

/** `BC12` → 54. */
function columnOf(reference: string): number {
	let column = 0;
	for (const letter of /^[A-Z]+/.exec(reference)?.[0] ?? "A") column = column * 26 + letter.charCodeAt(0) - 64;
	return column - 1;
}

function readCell(type: string, text: string, isDate: boolean, texts: SharedTexts, start: number): string {
	if (type === "s") return texts.get(Number(text)) ?? "";
	if (type === "b") return text === "1" ? "true" : "false";
	if (type !== "n" || text === "") return text;
	if (!isDate) return plainNumber(text);
	const serial = Number(text);
	// Less than a day is a time of day or a length: it has no date.
	if (serial < 1) return new Date(Math.round(serial * DAY_MS)).toISOString().slice(11, 19);
	return new Date(start + Math.round((serial * DAY_MS) / 1000) * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** A phone number that a spreadsheet took for a number stands as `1.3812345678E10`. */
function plainNumber(text: string): string {
	const number = Number(text);
	return /e/i.test(text) && Number.isSafeInteger(number) ? String(number) : text;
}
