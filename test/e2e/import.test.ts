/** Tables of contacts made elsewhere, through the command and over HTTP, into the chains of a running collector. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import writeXlsx from "write-excel-file/node";
import { createRepeats } from "../../collector/node/import/repeats.ts";
import { authorise, readRows, type TouchpointRow } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const CLI = join(import.meta.dirname, "..", "..", "collector", "node", "cli.ts");
const CALLS = [
	["客户电话", "通话时间", "通话时长", "坐席", "门店", "备注"],
	["13812345678", "2026-03-01 08:30:00", "00:02:05", "小王", "上海店", '问价, "春茶"'],
	["139 1234 5678", "2026/3/2 9:05", "95", "小李", "", ""],
];

let collector: RunningCollector;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-import-"));
	collector = await startCollector();
});
afterAll(async () => {
	await collector.stop();
	await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
	return runIn({}, ...args);
}

function runIn(
	more: { [name: string]: string },
	...args: string[]
): Promise<{ code: number; out: string; err: string }> {
	const env = { ...process.env, STRAND_URL: collector.url, STRAND_KEY: collector.keys.secret, ...more };
	return new Promise((resolve) => {
		execFile(process.execPath, [CLI, "import", ...args], { env }, (error, out, err) => {
			resolve({ code: error === null ? 0 : Number(error.code), out, err });
		});
	});
}

async function write(name: string, content: string | Uint8Array): Promise<string> {
	const file = join(folder, name);
	await writeFile(file, content);
	return file;
}

function csv(rows: readonly (readonly string[])[], separator = ","): string {
	const cell = (text: string) => (/[",;\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
	return rows.map((row) => `${row.map(cell).join(separator)}\r\n`).join("");
}

async function touches(): Promise<TouchpointRow[]> {
	await settle(collector.url, collector.keys.read);
	return readRows<TouchpointRow>(collector.url, collector.keys.read, "/v1/touchpoints");
}

/** GB18030 of the texts above: Node writes no encoding but its own. */
async function toGb18030(text: string): Promise<Uint8Array> {
	const decoder = new TextDecoder("gb18030");
	const bytes: number[] = [];
	for (const character of text) {
		if (character.charCodeAt(0) < 128) bytes.push(character.charCodeAt(0));
		else bytes.push(...(twoBytes.get(character) ?? findTwoBytes(decoder, character)));
	}
	return Uint8Array.from(bytes);
}

const twoBytes = new Map<string, [number, number]>();
function findTwoBytes(decoder: { decode(bytes: Uint8Array): string }, wanted: string): [number, number] {
	for (let lead = 0x81; lead <= 0xfe; lead++) {
		for (let trail = 0x40; trail <= 0xfe; trail++) {
			if (trail !== 0x7f) twoBytes.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
		}
	}
	return twoBytes.get(wanted) ?? [0x3f, 0x3f];
}

describe("strand import", () => {
	it("brings a call log in whatever its encoding, and counts a row once however often it comes", async () => {
		const text = csv(CALLS);
		const files = [
			await write("utf8.csv", text),
			await write("bom.csv", `\uFEFF${csv(CALLS, ";")}`),
			await write("gb.csv", await toGb18030(text)),
			await write("utf16.txt", Buffer.from(`\uFEFF${csv(CALLS, "\t")}`, "utf16le")),
		];
		for (const file of files) {
			const { code, err } = await run(file, "--template", "calls", "--tz", "Asia/Shanghai");
			expect(err).toContain("2 rows are in");
			expect(code).toBe(0);
		}
		const rows = (await touches()).filter(({ channel }) => channel === "phone");
		expect(rows).toHaveLength(2);
		expect(rows.find(({ place }) => place === "上海店")).toMatchObject({
			type: "call_completed",
			timestamp: "2026-03-01T00:30:00.000Z",
			durationMs: 125_000,
			participants: [{ role: "staff", ref: "小王" }],
			text: '问价, "春茶"',
		});
		const found = await fetch(`${collector.url}/v1/profiles?phone=13912345678`, {
			headers: authorise(collector.keys.read),
		});
		expect(found.status).toBe(200);
	});

	it("reads a workbook: dates as dates, phones as text or numbers", async () => {
		const file = join(folder, "visits.xlsx");
		const head = ["手机号", "到店时间", "店铺", "导购", "停留时长"].map((value) => ({ value }));
		const visit = (phone: string | number, hour: number) => [
			typeof phone === "string" ? { value: phone, type: String } : { value: phone, type: Number },
			{ value: new Date(Date.UTC(2026, 2, 5, hour, 15)), type: Date, format: "yyyy-mm-dd hh:mm" },
			{ value: "北京 & 店", type: String },
			{ value: "小张", type: String },
			{ value: "1:05:00", type: String },
		];
		await writeXlsx([head, visit("13700001111", 9), visit(13_700_002_222, 10)]).toFile(file);
		const { code, err } = await run(file, "--template", "visits", "--tz", "Asia/Shanghai");
		expect(err).toContain("2 rows are in");
		expect(code).toBe(0);
		const rows = (await touches()).filter(({ channel }) => channel === "store");
		expect(rows.map(({ timestamp }) => timestamp).sort()).toEqual([
			"2026-03-05T01:15:00.000Z",
			"2026-03-05T02:15:00.000Z",
		]);
		expect(rows[0]).toMatchObject({ type: "store_visited", place: "北京 & 店", durationMs: 3_900_000 });
	});

	it("brings orders as NDJSON with a map of its own, and money exactly", async () => {
		const order = { who: "c-1", at: "2026-03-06T10:00:00+08:00", no: "A-1", sum: "19.99", memo: "x" };
		const file = await write(
			"orders.ndjson",
			`${JSON.stringify(order)}\n${JSON.stringify({ ...order, no: "A-2", sum: "1,200.00" })}\n`,
		);
		const columns = { who: "userId", at: "time", no: "orderId", sum: "amount" };
		const map = await write(
			"map.json",
			JSON.stringify({ columns, channel: "shop", name: "order_paid", currency: "CNY" }),
		);
		const { code, err } = await run(file, "--map", map);
		expect(err).toContain("columns left out: memo");
		expect(code).toBe(0);
		const rows = (await touches()).filter(({ channel }) => channel === "shop");
		expect(rows.map(({ valueAmount }) => valueAmount).sort()).toEqual([120_000, 1999]);
		expect(rows.every(({ conversion }) => conversion !== undefined)).toBe(true);
	});

	it("shows faults by row and column, and sends nothing until told", async () => {
		const rows = [
			...CALLS,
			["12", "2026-03-03 08:00:00", "10", "", "", ""],
			["13812349999", "yesterday", "ten", "", "", ""],
			["13812348888", "2026-03-03 08:00:00", "10", "", "", ""],
		];
		const file = await write("faulty.csv", csv(rows));
		const options = [file, "--template", "calls", "--tz", "Asia/Shanghai"];
		const before = (await touches()).length;
		const refused = await run(...options);
		expect(refused.code).toBe(1);
		expect(refused.err).toContain("row 4, 客户电话: not a usable phone");
		expect(refused.err).toContain("row 5, 通话时间: not a time");
		expect(refused.err).toContain("row 5, 通话时长: not a duration");
		expect(refused.err).toContain("3 good rows, 2 with faults");
		const dry = await run(...options, "--skip-errors", "--dry-run");
		expect(dry.code).toBe(0);
		expect(JSON.parse(dry.out.split("\n")[0] ?? "")).toMatchObject({ channel: "phone", durationMs: 125_000 });
		expect(await touches()).toHaveLength(before);
		expect((await run(...options, "--skip-errors")).code).toBe(0);
		expect(await touches()).toHaveLength(before + 1);
	});

	it("never guesses a time zone, nor which of 3/4 is the month", async () => {
		const file = await write("zone.csv", csv(CALLS));
		const { code, err } = await run(file, "--template", "calls", "--dry-run");
		expect(code).toBe(1);
		expect(err).toContain("names no zone");
		const other = await write(
			"order.csv",
			csv([
				["phone", "time"],
				["13812345678", "3/4/2026 10:00"],
			]),
		);
		expect((await run(other, "--template", "calls", "--tz", "UTC", "--dry-run")).err).toContain("dateOrder");
	});
});

describe("a large table", () => {
	it("takes no more memory than a small one", async () => {
		const ROWS = 15_000;
		// Held, the rows are 40 MB; the command itself needs about 15.
		const env = { NODE_OPTIONS: "--max-old-space-size=40" };
		const cells = (row: number) => [
			String(13_800_000_001 + (row % 5_000)),
			`2026-03-${String(1 + (row % 28)).padStart(2, "0")} 08:${String(row % 60).padStart(2, "0")}:00`,
			String(row % 600),
			`坐席 ${row % 30}`,
			"上海店",
			`第 ${row} 次通话，${"问价".repeat(600)}`,
		];
		const rows = Array.from({ length: ROWS }, (_, row) => cells(row));
		const object = (row: string[]) => JSON.stringify(Object.fromEntries(row.map((cell, at) => [CALLS[0]?.[at], cell])));
		// Remarks that all differ: a workbook keeps such texts apart from its rows.
		const book = join(folder, "large.xlsx");
		const values = [CALLS[0] ?? [], ...rows].map((row) => row.map((cell) => ({ value: cell, type: String })));
		await writeXlsx(values).toFile(book);
		for (const file of [
			book,
			await write("large.csv", csv([CALLS[0] ?? [], ...rows])),
			await write("large.ndjson", rows.map((row) => `${object(row)}\n`).join("")),
		]) {
			const { code, err } = await runIn(env, file, "--template", "calls", "--tz", "Asia/Shanghai", "--dry-run");
			expect(err).toContain(`${ROWS} good rows`);
			expect(code).toBe(0);
		}
	});

	it("waits for a collector that says that it is busy, and when to come again", async () => {
		let calls = 0;
		const busy = createServer((_, response) => {
			calls++;
			if (calls <= 20) response.writeHead(503, { "retry-after": "0.01" }).end();
			else response.end(JSON.stringify({ accepted: 2, rejected: [] }));
		}).listen(0, "127.0.0.1");
		await once(busy, "listening");
		const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
		const file = await write("busy.csv", csv(CALLS));
		const { code, err } = await run(file, "--template", "calls", "--tz", "UTC", "--url", url);
		busy.close();
		expect(err).toContain("2 rows are in");
		expect(code).toBe(0);
		expect(calls).toBe(21);
	});

	it("has its repeated rows counted as far as there is room to remember", () => {
		const repeats = createRepeats(2);
		const idOf = (row: number) => `import-${row.toString(16).padStart(32, "0")}`;
		for (const id of [1, 2, 1]) repeats.add(idOf(id));
		expect([repeats.count, repeats.isPartial]).toEqual([1, false]);
		for (const id of [3, 3, 2]) repeats.add(idOf(id));
		expect([repeats.count, repeats.isPartial]).toEqual([2, true]);
	});
});

describe("POST /v1/imports", () => {
	const post = (
		query: string,
		body: string | Uint8Array | ReadableStream,
		type = "text/csv",
		key = collector.keys.secret,
	) =>
		fetch(`${collector.url}/v1/imports?${query}`, {
			method: "POST",
			headers: { ...authorise(key), "content-type": type },
			body: body as BodyInit,
			// What Node wants of a stream.
			...({ duplex: "half" } as RequestInit),
		});

	it("takes a table, tells its faults, and adds nothing the second time", async () => {
		const table = csv([
			CALLS[0] ?? [],
			["13500000001", "2026-04-01 10:00:00", "60", "A", "B", ""],
			["x", "2026-04-01", "1", "", "", ""],
		]);
		const refused = await post("template=calls&tz=Asia/Shanghai", table);
		expect(refused.status).toBe(422);
		expect(await refused.json()).toMatchObject({
			error: { code: "bad_field" },
			accepted: 0,
			good: 1,
			faults: [{ row: 3, column: "客户电话" }],
		});
		for (const _ of [1, 2]) {
			const answer = await post("template=calls&tz=Asia/Shanghai&skipErrors=1", await toGb18030(table));
			expect(await answer.json()).toMatchObject({ accepted: 1, rejected: [] });
		}
		const rows = (await touches()).filter(({ timestamp }) => timestamp === "2026-04-01T02:00:00.000Z");
		expect(rows).toHaveLength(1);
	});

	it("tells how far it is, when asked", async () => {
		const rows = Array.from({ length: 1200 }, (_, row) => [
			`135${String(row).padStart(8, "0")}`,
			"2026-04-02 10:00",
			"1",
			"",
			"",
			"",
		]);
		const answer = await post("template=calls&tz=UTC&progress=1", csv([CALLS[0] ?? [], ...rows]));
		expect(answer.headers.get("content-type")).toContain("ndjson");
		const lines = (await answer.text())
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line) as object);
		expect(lines.slice(0, -1)).toEqual([0, 500, 1000, 1200].map((done) => ({ progress: done / 1200 })));
		expect(lines.at(-1)).toMatchObject({ result: { accepted: 1200, rejected: [], rows: 1200, rowsWithFaults: 0 } });
	});

	it("says of a table that is too large what to do, and of one that breaks off where", async () => {
		const head = "phone,time\n";
		const large = head + "x".repeat(8 * 1024 * 1024 + 1 - head.length);
		// Whether or not its length is told beforehand.
		for (const body of [large, new Blob([large]).stream()]) {
			const answer = await post("template=calls&tz=UTC&dryRun=1", body);
			expect(answer.status).toBe(413);
			expect(await answer.json()).toMatchObject({
				error: { code: "body_too_large", message: expect.stringContaining("strand import, or send it in parts") },
			});
		}
		const broken = await post("template=calls&tz=UTC&dryRun=1", `${head}13812345678,2026-01-01\n"never closed`);
		expect(broken.status).toBe(400);
		expect(await broken.json()).toMatchObject({ error: { message: expect.stringMatching(/^Not CSV: .*at line 3$/) } });
	});

	it("brings contacts as people with traits", async () => {
		const map = encodeURIComponent(JSON.stringify({ template: "contacts", timeZone: "UTC" }));
		const answer = await post(
			`map=${map}`,
			'{"姓名":"王芳","邮箱":"wang@shop.example","创建时间":"2026-01-05"}\n',
			"application/x-ndjson",
		);
		expect(await answer.json()).toMatchObject({ accepted: 1 });
		await settle(collector.url, collector.keys.read);
		const found = await fetch(`${collector.url}/v1/profiles?email=wang@shop.example`, {
			headers: authorise(collector.keys.read),
		});
		expect(await found.json()).toMatchObject({ traits: { name: "王芳" } });
	});

	it.each([
		["template=recipes", "map.template"],
		["template=calls&tz=Mars", "tz"],
		["map=%7B%22colums%22%3A1%7D", "map"],
		["map=nonsense", "map"],
		["whatever=1", "whatever"],
	])("refuses %s and names the parameter", async (query, field) => {
		const answer = await post(query, csv(CALLS));
		expect(answer.status).toBe(400);
		const { error } = (await answer.json()) as { error: { code: string; field: string } };
		expect(error.code).toBe("bad_parameter");
		expect(error.field.startsWith(field)).toBe(true);
	});

	it("needs a secret key, since times of the past are believed", async () => {
		expect((await post("template=calls", csv(CALLS), "text/csv", collector.keys.write)).status).toBe(403);
	});
});
