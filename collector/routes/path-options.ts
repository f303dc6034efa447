/** Parameters of the analyses over paths: the label of a step, which steps belong to which conversion, whose value. */
import { DIMENSIONS, type Dimension } from "../analysis/dimensions.ts";
import type { Milestone, ScopeOptions } from "../analysis/path.ts";
import type { PathOptions } from "../analysis/path-counts.ts";
import { TRANSFORMS } from "../analysis/transform.ts";
import type { AnalysisSums, AnalysisTask } from "../store/profile-shard/read-analyses.ts";
import { type AppContext, Refusal } from "./http.ts";
import { readChoice, readNumber, readWords } from "./query.ts";

export const PATH_NAMES: readonly string[] = [
	"by",
	"goal",
	"lookback",
	"scope",
	"transform",
	"direct",
	"currency",
	"halfLife",
	"lead",
	"opportunity",
];

const DAY_MS = 24 * 3600_000;
/** Days; a century is no limit. */
const DAYS_MAX = 36_500;

export function readDimension(c: AppContext, name: string, usual: Dimension): Dimension {
	return readChoice(c, name, DIMENSIONS, usual);
}

export interface PathPlan {
	task: Extract<AnalysisTask, { kind: "paths" }>;
	/** What JSON says beside the rows. @throws Refusal where values are in several currencies and none was named */
	extraOf(sums: AnalysisSums): { [name: string]: unknown };
}

export function planPaths(c: AppContext, milestonesRead = false): PathPlan {
	const by = readDimension(c, "by", "trafficOrChannel");
	const lookbackDays = readNumber(c, "lookback", 0, DAYS_MAX);
	const direct = readWords(c, "direct");
	const goals = readWords(c, "goal") ?? null;
	const currency = c.req.query("currency")?.toUpperCase() || null;
	if (currency !== null && !/^[A-Z]{3}$/.test(currency)) {
		throw new Refusal(400, "bad_parameter", "A currency code of ISO 4217, for example CNY.", { field: "currency" });
	}
	const milestones: { [type: string]: Milestone } = {};
	for (const type of readWords(c, "lead") ?? []) milestones[type] = "lead";
	for (const type of readWords(c, "opportunity") ?? []) milestones[type] = "opportunity";
	const options: Partial<PathOptions> = {
		lookBackMs: lookbackDays === undefined ? null : lookbackDays * DAY_MS,
		scope: readChoice<ScopeOptions["scope"]>(c, "scope", ["since-previous", "look-back"], "since-previous"),
		transform: readChoice(c, "transform", TRANSFORMS, "all"),
		halfLifeMs: (readNumber(c, "halfLife", 0.001, DAYS_MAX) ?? 7) * DAY_MS,
		currency,
		milestones: milestonesRead,
		...(direct === undefined ? {} : { directLabels: direct }),
	};
	return {
		task: { kind: "paths", by, options, goals, milestones },
		extraOf({ currencies, paths }) {
			const met = [...currencies.keys()].sort();
			if (currency === null && met.length > 1) {
				const message = `Values are in several currencies (${met.join(", ")}): say which to sum, as in currency=${met[0]}.`;
				throw new Refusal(400, "bad_parameter", message, { field: "currency" });
			}
			return {
				by,
				goals,
				scope: options.scope,
				lookbackDays: lookbackDays ?? null,
				transform: options.transform,
				currency: currency ?? met[0] ?? null,
				otherCurrency: paths?.otherCurrency ?? 0,
				truncatedPaths: paths?.truncated ?? 0,
			};
		},
	};
}
