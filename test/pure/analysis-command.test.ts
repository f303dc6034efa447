import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const command = fileURLToPath(new URL("../../collector/node/strand.mjs", import.meta.url));
const pathData = fileURLToPath(new URL("../cases/pathdata.csv", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "strand-attribute-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
	code: number | null;
	out: string;
	err: string;
}

/** Runs `strand attribute` as a user does, with `input` on standard input. */
function attribute(args: string[], input = ""): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [command, "attribute", ...args]);
		let [out, err] = ["", ""];
		child.stdout.setEncoding("utf8").on("data", (text: string) => {
			out += text;
		});
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			err += text;
		});
		child.on("error", reject).on("close", (code) => resolve({ code, out, err }));
		// A command that refuses its options has gone before it reads.
		child.stdin.on("error", () => undefined);
		child.stdin.end(input);
	});
}

function fileOf(name: string, text: string): string {
	const file = join(folder, name);
	writeFileSync(file, text);
	return file;
}

const classic =
	"path,total_conversions,total_conversion_value,total_null\nC1 > C2 > C3,1,10,0\nC1,0,0,1\nC2 > C3,0,0,1\n";

describe("strand attribute", () => {
	it("prints the Markov table of a file as JSON", async () => {
		const { code, out } = await attribute([fileOf("classic.csv", classic), "--model", "markov", "--format", "json"]);
		expect(code).toBe(0);
		const { model, order, rows } = JSON.parse(out);
		expect([model, order]).toEqual(["markov", 1]);
		expect(rows.map((row: { channel: string }) => row.channel)).toEqual(["C2", "C3", "C1"]);
		expect(rows[2].conversions).toBeCloseTo(0.2, 12);
		expect(rows[2].value).toBeCloseTo(2, 12);
		expect(rows[2].removalEffect).toBeCloseTo(0.5, 12);
	});

	it("reads standard input, columns in any order, a byte order mark, quotes and Windows line ends", async () => {
		const text = '\uFEFFtotal_null,"path",extra,total_conversions\r\n1,"C1 > C2 > C3",x,4\r\n0,C1>C2,"y, z",1\r\n\r\n';
		const { code, out } = await attribute(["-", "--model", "last", "--format", "csv"], text);
		expect(code).toBe(0);
		expect(out).toBe("channel,conversions,value,share\nC3,4,0,0.8\nC2,1,0,0.2\nC1,0,0,0\n");
	});

	it("credits all of PathData under every model, and orders 1 to 5", async () => {
		const { code, out } = await attribute([pathData, "--format", "json"]);
		expect(code).toBe(0);
		const { model, models, rows } = JSON.parse(out) as {
			model: string;
			models: string[];
			rows: { conversions: Record<string, number>; value: Record<string, number> }[];
		};
		expect(model).toBe("all");
		expect(models).toEqual([
			"first",
			"last",
			"last-non-direct",
			"linear",
			"linear-unique",
			"position",
			"w",
			"time-decay",
			"markov",
			"shapley",
		]);
		for (const name of models) {
			expect(
				rows.reduce((sum, row) => sum + (row.conversions[name] ?? 0), 0),
				name,
			).toBeCloseTo(19785, 6);
			expect(
				rows.reduce((sum, row) => sum + (row.value[name] ?? 0), 0),
				name,
			).toBeCloseTo(74802.971587, 4);
		}
		for (let order = 1; order <= 5; order++) {
			const one = await attribute([pathData, "--model", "markov", "--order", String(order), "--format", "json"]);
			const credited = (JSON.parse(one.out) as { rows: { conversions: number }[] }).rows;
			expect(credited.reduce((sum, row) => sum + row.conversions, 0)).toBeCloseTo(19785, 6);
		}
	});

	it("answers a file without paths with a header and no rows", async () => {
		const file = fileOf("empty.csv", "path,total_conversions\n");
		const { code, out } = await attribute([file, "--model", "first", "--format", "csv"]);
		expect([code, out]).toEqual([0, "channel,conversions,value,share\n"]);
	});

	it("ends without a fault where its reader has read enough", async () => {
		const file = fileOf(
			"wide.csv",
			`path,total_conversions\n${Array.from({ length: 9_999 }, (_, n) => `c${n},1\n`).join("")}`,
		);
		const child = spawn(process.execPath, [command, "attribute", file, "--model", "first", "--format", "csv"]);
		let err = "";
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			err += text;
		});
		child.stdout.once("data", () => child.stdout.destroy());
		const code = await new Promise((resolve) => child.on("close", resolve));
		expect([code, err]).toEqual([0, ""]);
	});

	it("keeps characters whole in a file of many chunks", async () => {
		const file = fileOf("long.csv", `path,total_conversions\n${"搜索 > 微信公众号,1\n".repeat(100_000)}`);
		const { out } = await attribute([file, "--model", "first", "--format", "csv"]);
		expect(out).toBe("channel,conversions,value,share\n搜索,100000,0,1\n微信公众号,0,0,0\n");
	});

	it("writes a file, and a table that lines up", async () => {
		const target = join(folder, "out.txt");
		const { code, out } = await attribute([fileOf("table.csv", classic), "--model", "first", "--out", target]);
		expect([code, out]).toEqual([0, ""]);
		expect(readFileSync(target, "utf8")).toBe(
			[
				"channel  conversions    value   share",
				"C1            1.0000  10.0000  1.0000",
				"C2            0.0000   0.0000  0.0000",
				"C3            0.0000   0.0000  0.0000",
				"",
			].join("\n"),
		);
	});

	it("gives the same intervals for the same seed", async () => {
		const args = [pathData, "--model", "linear", "--bootstrap", "20", "--seed", "5", "--format", "json"];
		const [once, again] = [await attribute(args), await attribute(args)];
		expect(once.out).toBe(again.out);
		const [row] = JSON.parse(once.out).rows;
		expect(row.conversionsInterval.low).toBeLessThan(row.conversions);
		expect(row.conversionsInterval.high).toBeGreaterThan(row.conversions);
	});

	it.each([
		["no file", []],
		["two files", ["a.csv", "b.csv"]],
		["an unknown model", [pathData, "--model", "magic"]],
		["an order of 0", [pathData, "--model", "markov", "--order", "0"]],
		["an order of 6", [pathData, "--model", "markov", "--order", "6"]],
		["an order that is no number", [pathData, "--order", "two"]],
		["an unknown format", [pathData, "--format", "xml"]],
		["an unknown option", [pathData, "--modell", "first"]],
		["shares above 100 %", [pathData, "--model", "position", "--shares", "60/60"]],
		["a half-life of 0", [pathData, "--half-life-days", "0"]],
	])("refuses %s as wrong usage", async (_, args) => {
		const { code, out, err } = await attribute(args);
		expect(code).toBe(2);
		expect(out).toBe("");
		expect(err).toMatch(/^strand attribute: .+/);
	});

	it.each([
		["row 3, total_conversions", "path,total_conversions\na,1\nb,many\n"],
		["row 2, total_null", "path,total_conversions,total_null\na,1,-1\n"],
		["row 2, total_conversions", "path,total_conversions\na\n"],
		["row 3, path", "path,total_conversions\na,1\na >  > b,1\n"],
		["row 2, path", "path,total_conversions\n,1\n"],
		[
			"row 2: total_conversion_value without total_conversions",
			"path,total_conversions,total_conversion_value\na,0,5\n",
		],
		['row 1: there is no column "total_conversions"', "path,conversions\na,1\n"],
		["the file is empty", ""],
	])("names the fault: %s", async (message, text) => {
		const { code, err } = await attribute(["-"], text);
		expect(code).toBe(1);
		expect(err).toContain(message);
	});

	it("says so when there is no such file", async () => {
		const { code, err } = await attribute([join(folder, "missing.csv")]);
		expect(code).toBe(1);
		expect(err).toContain("missing.csv");
	});
});
