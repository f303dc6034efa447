/** The recipes that docs/data.md prints, taken from it and played on files that the collector wrote. */

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { shopWeek } from "../support/shop-week.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DOCS = readFileSync(join(ROOT, "docs", "data.md"), "utf8");
/** As Debian installs them, which `npm test` sees to. */
const PANDAS = "/usr/lib/python3/dist-packages/pandas/__init__.py";
const GNUMERIC = "/usr/bin/ssconvert";
const DAY_MS = 24 * 3600_000;

const run = promisify(execFile);
let collector: RunningCollector;
let folder: string;
let touchpoints: { [column: string]: unknown }[];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-recipes-"));
	collector = await startCollector();
	await postBatch(collector.url, collector.keys.secret, shopWeek(60));
	await settle(collector.url, collector.keys.read);
	for (const format of ["ndjson", "csv", "parquet"]) {
		const response = await fetch(`${collector.url}/v1/touchpoints?format=${format}`, {
			headers: authorise(collector.keys.read),
		});
		await writeFile(join(folder, `touchpoints.${format}`), new Uint8Array(await response.arrayBuffer()));
	}
	const lines = readFileSync(join(folder, "touchpoints.ndjson"), "utf8").trimEnd().split("\n");
	touchpoints = lines.map((line) => JSON.parse(line));
});
afterAll(async () => {
	await collector.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Lines of the first block of a language below a heading. */
function recipes(heading: string, language: string): string[] {
	const section = DOCS.split(`\n## ${heading}\n`)[1] ?? "";
	const block = section.split(`\n\`\`\`${language}\n`)[1]?.split("\n```")[0] ?? "";
	const lines = block.split("\n").filter((line) => line !== "");
	if (lines.length === 0) throw new Error(`docs/data.md has no ${language} below ${heading}`);
	return lines;
}

function channels(): { [channel: string]: number } {
	const counts: { [channel: string]: number } = {};
	for (const { channel } of touchpoints) counts[String(channel)] = (counts[String(channel)] ?? 0) + 1;
	return counts;
}

describe("a recipe of docs/data.md", () => {
	it("counts channels alike in DuckDB, whatever the format", async () => {
		const statements = recipes("DuckDB", "sql");
		expect(statements).toHaveLength(3);
		const instance = await DuckDBInstance.create(":memory:");
		const connection = await instance.connect();
		await connection.run(`SET file_search_path = '${folder}'`);
		for (const statement of statements) {
			const found = (await connection.runAndReadAll(statement)).getRowsJson();
			expect(Object.fromEntries(found.map(([channel, count]) => [channel, Number(count)])), statement).toEqual(
				channels(),
			);
		}
		connection.closeSync();
		instance.closeSync();
	});

	it.skipIf(!existsSync(PANDAS))("reads the same in pandas: numbers as numbers, times as times", async () => {
		const lines = recipes("pandas and Excel", "python");
		expect(lines).toHaveLength(2);
		const script = `
import json, pandas
tables = [${lines.join(", ")}]
print(json.dumps([[len(t), t.channel.value_counts().to_dict(), int(t.valueAmount.sum()), t.timestamp.min().timestamp(), bool(t.effective.all())] for t in tables]))`;
		const { stdout } = await run("/usr/bin/python3", ["-c", script], { cwd: folder });
		const value = touchpoints.reduce((sum, { valueAmount }) => sum + Number(valueAmount ?? 0), 0);
		const first = Math.min(...touchpoints.map(({ timestamp }) => Date.parse(String(timestamp)))) / 1000;
		const isAll = touchpoints.every(({ effective }) => effective === true);
		const expected = [touchpoints.length, channels(), value, first, isAll];
		expect(value).toBeGreaterThan(0);
		expect(JSON.parse(stdout)).toEqual([expected, expected]);
	});

	it.skipIf(!existsSync(GNUMERIC))(
		"opens in a spreadsheet without running what a sender wrote, times as times",
		async () => {
			const command = /`npx (strand export [^`]*--excel)`/.exec(DOCS)?.[1]?.split(" ") ?? [];
			const env = { ...process.env, STRAND_URL: collector.url, STRAND_KEY: collector.keys.read, HOME: folder };
			const cli = join(ROOT, "collector", "node", "cli.ts");
			await rm(join(folder, "touchpoints.csv"));
			await run(process.execPath, [cli, ...command.slice(1), "--tz", "Asia/Shanghai"], { cwd: folder, env });
			await run(GNUMERIC, ["touchpoints.csv", "touchpoints.xlsx"], { cwd: folder, env });
			const { stdout: cells } = await run(
				"unzip",
				["-p", "touchpoints.xlsx", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"],
				{
					cwd: folder,
					maxBuffer: 64 * 1024 * 1024,
				},
			);
			expect(cells).not.toContain("<f>");
			expect(cells).toContain("=HYPERLINK(");
			expect(cells.match(/<row /g)).toHaveLength(touchpoints.length + 1);
			const [header = ""] = readFileSync(join(folder, "touchpoints.csv"), "utf8").split("\r\n");
			const letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[header.split(",").indexOf("timestamp")];
			const serial = Number(new RegExp(`<c r="${letter}2"[^>]*>\\s*<v>([^<]*)</v>`).exec(cells)?.[1]);
			// Days since 1899-12-30 in the zone asked for.
			const local = Date.parse(String(touchpoints[0]?.timestamp)) + 8 * 3600_000;
			expect(serial).toBeCloseTo((local - Date.UTC(1899, 11, 30)) / DAY_MS, 6);
		},
	);
});
