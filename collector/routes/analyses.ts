/**
 * `GET /v1/analyses/…`: each profile shard counts its own people, the parts are merged here and
 * finished to a table, as JSON or CSV. Numbers describe what happened; none says what caused it.
 */
import { Hono } from "hono";
import { writeCsvHeader, writeCsvRows } from "../export/index.ts";
import { profileShardOf } from "../store/client.ts";
import { type AnalysisQuery, type AnalysisSums, mergeSums } from "../store/profile-shard/read-analyses.ts";
import { allow } from "./access.ts";
import { ANALYSES, type AnalysisResult } from "./analysis-tables.ts";
import { flattenRows } from "./flatten-rows.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { checkNames, readChoice, readFlag, readRange, readZone } from "./query.ts";

const COMMON = ["format", "csv", "from", "to", "tz", "bots", "profile"];

export const analyses = new Hono<AppEnv>();

for (const [name, analysis] of Object.entries(ANALYSES)) {
	analyses.get(`/analyses/${name}`, allow("read"), async (c) => {
		checkNames(c, [...COMMON, ...analysis.names]);
		const { config } = c.var.access;
		const format = readChoice(c, "format", ["json", "csv"], "json");
		const flavour = readChoice(c, "csv", ["plain", "excel"], "plain");
		const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = readRange(c);
		const timeZone = readZone(c, "tz") ?? config.settings.timeZone;
		const profile = c.req.query("profile") ?? "";
		const channel = c.req.query("channel") ?? "";
		const result = await naming(async () => {
			const plan = analysis.plan(c);
			const sums = await sumShards(c, {
				task: plan.task,
				from,
				to,
				timeZone,
				bots: readFlag(c, "bots") ?? false,
				channel: channel === "" ? null : channel,
				effective: readFlag(c, "effective") ?? false,
				profile: profile === "" ? null : profile,
			});
			return { ...plan.finish(sums), sums };
		});
		c.header("cache-control", "no-store");
		if (format === "csv") return sendCsv(c, name, result, flavour);
		const { rows, extra } = result;
		return c.json({
			analysis: name,
			from: Number.isFinite(from) ? new Date(from).toISOString() : null,
			to: Number.isFinite(to) ? new Date(to).toISOString() : null,
			timeZone,
			...extra,
			scanned: { profiles: result.sums.profiles, touchpoints: result.sums.touchpoints },
			rows,
		});
	});
}

function sendCsv(c: AppContext, name: string, { rows, csvRows }: AnalysisResult, flavour: "plain" | "excel"): Response {
	const flat = flattenRows(csvRows ?? rows);
	const columns = flat.names.map((column) => ({ name: column }));
	return c.body(`${writeCsvHeader(columns, flavour)}${writeCsvRows(columns, flat.rows, flavour)}`, 200, {
		"content-type": "text/csv; charset=utf-8; header=present",
		"content-disposition": `attachment; filename="${name}.csv"`,
	});
}

/** All shards at once; each hands over what about 100,000 touchpoints gave, so that no message is large. */
async function sumShards(c: AppContext, query: AnalysisQuery): Promise<AnalysisSums> {
	const { config } = c.var.access;
	let merged: AnalysisSums | null = null;
	const shards = Array.from({ length: config.profileShards }, async (_, index) => {
		const shard = profileShardOf(c.env, config.workspace, index);
		let after: string | null = "";
		while (after !== null) {
			const part: { sums: AnalysisSums; next: string | null } = await shard.analyse(query, after);
			merged = merged === null ? part.sums : mergeSums(merged, part.sums);
			after = part.next;
		}
	});
	await Promise.all(shards);
	if (merged === null) throw new Error("a workspace has at least one profile shard");
	return merged;
}

/** What the analysis room refuses (too many labels, an order out of bounds) is the caller's to change. */
async function naming<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		// Thrown in an object it arrives as an Error of that name.
		if (!(error instanceof Refusal) && error instanceof Error && error.name === "RangeError") {
			throw new Refusal(400, "bad_parameter", error.message);
		}
		throw error;
	}
}
