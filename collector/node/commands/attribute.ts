/** `strand attribute`: attribution over a file of counted paths, without any collector. */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import Papa from "papaparse";
import {
	type AttributionOptions,
	attribute,
	COMPARED_MODELS,
	compareModels,
	MODELS,
	type Model,
} from "../../analysis/attribution.ts";
import { REPLICATES_MAX } from "../../analysis/bootstrap.ts";
import { HEURISTICS } from "../../analysis/heuristics.ts";
import { ORDER_MAX } from "../../analysis/markov-chain.ts";
import { createPathCounts, foldRareLabels, LABELS_MAX } from "../../analysis/path-counts.ts";
import { tabulatePaths } from "../../analysis/path-table.ts";
import { TRANSFORMS, type Transform } from "../../analysis/transform.ts";
import { readPaths } from "../path-file.ts";

const FORMATS = ["table", "json", "csv"] as const;
type Format = (typeof FORMATS)[number];
const DAY_MS = 24 * 3_600_000;
const USAGE_EXIT_CODE = 2;

export const help = `strand attribute FILE [--model MODEL] [--order N] [--format FORMAT] [--out FILE]

Shares out the conversions of a CSV file of paths over their channels.
FILE has the columns path (steps with " > " between them), total_conversions and, if known,
total_conversion_value and total_null; "-" reads standard input. No collector is needed.

  --model MODEL        ${HEURISTICS.join(", ")}
                       markov, shapley or shapley-rates; or all (the default): all but the last, side by side
  --order N            order of the Markov chain, 1 to ${ORDER_MAX} (default 1; other models ignore it)
  --format FORMAT      table (default), json or csv
  --out FILE           writes there instead of standard output
  --transform NAME     ${TRANSFORMS.join(", ")}
  --direct LABEL       channel that counts as direct traffic (default: Direct, in any case); repeatable
  --labels N           keeps the N channels met most often and adds up the others
  --shares FIRST/LAST  percent for the position model (default 40/40, the middle shares the rest)
  --half-life-days N   time-decay (default 7)
  --step-days N        a file has no clock: time-decay takes steps to be this far apart (default 1)
  --bootstrap N        adds 95 % intervals from N resamples (one model only)
  --seed N             of the resamples (default 1)

The w model takes the middle touch for the lead and the last for the opportunity, since a file marks neither.
Exit code: 0 done, 1 a fault in the file (named by row), 2 wrong usage.`;

class UsageError extends Error {}

/** @returns the exit code; see {@link help} */
export async function run(args: string[]): Promise<number> {
	try {
		await runChecked(args);
		return 0;
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		console.error(`strand attribute: ${error.message}\n\n${help}`);
		return USAGE_EXIT_CODE;
	}
}

async function runChecked(args: string[]): Promise<void> {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			model: { type: "string", default: "all" },
			order: { type: "string", default: "1" },
			format: { type: "string", default: "table" },
			out: { type: "string" },
			transform: { type: "string", default: "all" },
			direct: { type: "string", multiple: true },
			labels: { type: "string" },
			shares: { type: "string", default: "40/40" },
			"half-life-days": { type: "string", default: "7" },
			"step-days": { type: "string", default: "1" },
			bootstrap: { type: "string" },
			seed: { type: "string", default: "1" },
		},
	});
	const [file, ...others] = positionals;
	if (file === undefined || others.length > 0) throw new UsageError("expected one FILE");
	const model = choose<Model | "all">("model", values.model, [...MODELS, "all"]);
	const format = choose<Format>("format", values.format, FORMATS);
	const transform = choose<Transform>("transform", values.transform, TRANSFORMS);
	const order = wholeNumber("order", values.order, 1, ORDER_MAX);
	const options: AttributionOptions = {
		order,
		shares: sharesOf(values.shares),
		stepMs: daysOf("step-days", values["step-days"], 0) * DAY_MS,
	};
	if (values.bootstrap !== undefined) {
		if (model === "all") throw new UsageError("--bootstrap needs one --model");
		const replicates = wholeNumber("bootstrap", values.bootstrap, 1, REPLICATES_MAX);
		options.bootstrap = { replicates, seed: wholeNumber("seed", values.seed, 0, 2 ** 31), confidence: 0.95 };
	}
	const labelsMax = values.labels === undefined ? LABELS_MAX : wholeNumber("labels", values.labels, 1, LABELS_MAX);
	const counts = createPathCounts({
		transform,
		halfLifeMs: daysOf("half-life-days", values["half-life-days"], Number.MIN_VALUE) * DAY_MS,
		...(values.direct ? { directLabels: values.direct } : {}),
	});
	await readPaths(file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 2 ** 20 }), counts);
	const table = tabulatePaths(foldRareLabels(counts, labelsMax));
	const result =
		model === "all"
			? { model, order, ...compareModels(table, COMPARED_MODELS, options) }
			: attribute(model, table, options);
	const flat =
		"models" in result ? flattenComparison(result.rows, result.models, format === "csv") : flattenRows(result.rows);
	const text =
		format === "json"
			? JSON.stringify(result, null, 2)
			: format === "csv"
				? Papa.unparse({ fields: fieldsOf(flat), data: flat }, { newline: "\n" }).trimEnd()
				: drawTable(flat);
	if (values.out === undefined) await write(`${text}\n`);
	else await writeFile(values.out, `${text}\n`);
}

/** Resolves when standard output has taken the text, so that a pipe gets all of it. */
function write(text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
	});
}

type FlatRow = Record<string, string | number>;

/** A file without any path still gets a header. */
function fieldsOf([first]: readonly FlatRow[]): string[] {
	return Object.keys(first ?? { channel: "", conversions: 0, value: 0, share: 0 });
}

function flattenRows(rows: ReturnType<typeof attribute>["rows"]): FlatRow[] {
	return rows.map(({ channel, conversions, value, share, removalEffect, conversionsInterval, valueInterval }) => ({
		channel,
		conversions,
		value,
		share,
		...(removalEffect === undefined ? {} : { removal_effect: removalEffect }),
		...(conversionsInterval
			? { conversions_low: conversionsInterval.low, conversions_high: conversionsInterval.high }
			: {}),
		...(valueInterval ? { value_low: valueInterval.low, value_high: valueInterval.high } : {}),
	}));
}

function flattenComparison(
	rows: ReturnType<typeof compareModels>["rows"],
	models: readonly Model[],
	withValue: boolean,
): FlatRow[] {
	return rows.map((row) => {
		const flat: FlatRow = { channel: row.channel };
		for (const model of models) flat[model] = row.conversions[model] ?? 0;
		flat.spread = row.spread;
		if (!withValue) return flat;
		for (const model of models) flat[`${model}_value`] = row.value[model] ?? 0;
		flat.value_spread = row.valueSpread;
		return flat;
	});
}

/** Columns in line, numbers to the right with four decimals. */
function drawTable(rows: FlatRow[]): string {
	const names = fieldsOf(rows);
	const cells = rows.map((row) =>
		names.map((name) => (typeof row[name] === "number" ? row[name].toFixed(4) : String(row[name]))),
	);
	const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => (line[i] as string).length)));
	return [names, ...cells]
		.map((line) =>
			line
				.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

function choose<T extends string>(option: string, given: string, allowed: readonly T[]): T {
	const found = allowed.find((name) => name === given);
	if (found === undefined) throw new UsageError(`--${option} is one of ${allowed.join(", ")}, not "${given}"`);
	return found;
}

function wholeNumber(option: string, given: string, min: number, max: number): number {
	const number = Number(given);
	if (given.trim() === "" || !Number.isInteger(number) || number < min || number > max)
		throw new UsageError(`--${option} is a whole number from ${min} to ${max}, not "${given}"`);
	return number;
}

function daysOf(option: string, given: string, min: number): number {
	const days = Number(given);
	if (given.trim() === "" || !Number.isFinite(days) || days < min)
		throw new UsageError(`--${option} is a number of days ${min > 0 ? "above" : "of at least"} 0, not "${given}"`);
	return days;
}

function sharesOf(given: string): { first: number; last: number } {
	const [first, last, ...rest] = given.split("/").map((part) => (part.trim() === "" ? Number.NaN : Number(part) / 100));
	if (first === undefined || last === undefined || rest.length > 0 || !(first >= 0 && last >= 0 && first + last <= 1))
		throw new UsageError(`--shares is two percentages of together at most 100, as in 40/40, not "${given}"`);
	return { first, last };
}
