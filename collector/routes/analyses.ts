/**
 * `GET /v1/analyses/…`: each profile shard counts its own people, the parts are merged here and
 * finished to a table, as JSON or CSV. Numbers describe what happened; none says what caused it.
 */
import { Hono } from "hono";
import { writeCsvHeader, writeCsvRows } from "../export/index.ts";
import { profileShardOf } from "../store/client.ts";
import { type AnalysisQuery, type AnalysisSums, mergeSums } from "../store/profile-shard/read-analyses.ts";
import { keyShare } from "../store/sharding.ts";
import { allow } from "./access.ts";
import { ANALYSES, type AnalysisResult } from "./analysis-tables.ts";
import { flattenRows } from "./flatten-rows.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { streamProgress, type Tell } from "./progress.ts";
import { checkNames, readChoice, readFlag, readRange, readZone, refuse } from "./query.ts";

const COMMON = ["format", "csv", "from", "to", "tz", "bots", "profile", "progress"];

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
		const plan = await naming(async () => analysis.plan(c));
		const query: AnalysisQuery = {
			task: plan.task,
			from,
			to,
			timeZone,
			bots: readFlag(c, "bots") ?? false,
			channel: channel === "" ? null : channel,
			effective: readFlag(c, "effective") ?? false,
			profile: profile === "" ? null : profile,
		};
		const work = (tell: Tell) =>
			naming(async () => {
				const sums = await sumShards(c, query, tell);
				return { ...plan.finish(sums), sums };
			});
		const shape = ({ rows, extra, sums }: Awaited<ReturnType<typeof work>>) => ({
			analysis: name,
			from: Number.isFinite(from) ? new Date(from).toISOString() : null,
			to: Number.isFinite(to) ? new Date(to).toISOString() : null,
			timeZone,
			...extra,
			scanned: { profiles: sums.profiles, touchpoints: sums.touchpoints },
			rows,
		});
		c.header("cache-control", "no-store");
		if (readFlag(c, "progress")) {
			if (format === "csv") refuse("progress", "Goes with JSON only.");
			return streamProgress(c, async (tell) => shape(await work(tell)));
		}
		const result = await work(() => true);
		return format === "csv" ? sendCsv(c, name, result, flavour) : c.json(shape(result));
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

/**
 * All shards at once; each hands over what about 100,000 touchpoints gave, so that no message is large.
 *
 * @param tell hears how much is done after each part
 */
async function sumShards(c: AppContext, query: AnalysisQuery, tell: Tell): Promise<AnalysisSums> {
	const { config } = c.var.access;
	let merged: AnalysisSums | null = null;
	const done = new Array<number>(config.profileShards).fill(0);
	const shards = Array.from({ length: config.profileShards }, async (_, index) => {
		const shard = profileShardOf(c.env, config.workspace, index);
		let after: string | null = "";
		while (after !== null) {
			const part: { sums: AnalysisSums; next: string | null } = await shard.analyse(query, after);
			merged = merged === null ? part.sums : mergeSums(merged, part.sums);
			after = part.next;
			done[index] = after === null ? 1 : keyShare(after);
			const isWanted = tell(done.reduce((sum, share) => sum + share, 0) / done.length);
			if (!isWanted) return;
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
