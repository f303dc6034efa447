/**
 * One shard's part of an analysis: a scan over its profiles into an accumulator of the analysis room,
 * some touchpoints at a time, so that neither the object nor a message between objects is held up.
 * Parts are merged by the asker, in any order.
 */
import { clipJourney } from "../../analysis/clip-journey.ts";
import { addToCohorts, type Cohorts, createCohorts, mergeCohorts } from "../../analysis/cohorts.ts";
import { addToCrossTab, type CrossTab, createCrossTab, mergeCrossTabs } from "../../analysis/cross-tab.ts";
import { type Dimension, labelTouchpoint } from "../../analysis/dimensions.ts";
import { addView, createEngagedTime, type EngagedTime, mergeEngagedTime } from "../../analysis/engaged-time.ts";
import { addToFunnel, createFunnel, type Funnel, type FunnelOptions, mergeFunnels } from "../../analysis/funnel.ts";
import { addToHeatMap, createHeatMap, type HeatMap, mergeHeatMaps } from "../../analysis/heat-map.ts";
import { addToLandings, createLandings, type Landings, mergeLandings } from "../../analysis/landings.ts";
import type { Milestone } from "../../analysis/path.ts";
import {
	addJourney,
	createPathCounts,
	mergePathCounts,
	type PathCounts,
	type PathOptions,
} from "../../analysis/path-counts.ts";
import { readJourney } from "../../analysis/touchpoint-journey.ts";
import { createZone, type Period, type Zone } from "../../analysis/zone.ts";
import type { Touchpoint } from "../../model.ts";
import type { ProfileShard } from "./profile-shard.ts";
import { readTouches } from "./read-touches.ts";

/** What is counted. */
export type AnalysisTask =
	| {
			kind: "paths";
			by: Dimension;
			options: Partial<PathOptions>;
			goals: string[] | null;
			milestones: { [type: string]: Milestone };
	  }
	| { kind: "funnel"; by: Dimension; options: FunnelOptions }
	| { kind: "heatMap" }
	| { kind: "cohorts"; period: Period }
	| { kind: "pages"; by: Dimension }
	| { kind: "landings"; by: Dimension; source: Dimension }
	| { kind: "crossTab"; rows: Dimension; columns: Dimension; measure: "engagedMs" | "value" | "none" };

export interface AnalysisQuery {
	task: AnalysisTask;
	/** Ms; infinite: no bound. */
	from: number;
	to: number;
	bots: boolean;
	/** Only touches there; not for paths and funnels, whose steps are whole journeys. */
	channel: string | null;
	/** Only touches that earn credit; paths never count others. */
	effective: boolean;
	profile: string | null;
	timeZone: string;
}

export interface AnalysisSums {
	paths?: PathCounts;
	funnel?: Funnel;
	heatMap?: HeatMap;
	cohorts?: Cohorts;
	pages?: EngagedTime;
	landings?: Landings;
	crossTab?: CrossTab;
	/** Profiles met, and touchpoints looked at: all of those who have any in the time asked for. */
	profiles: number;
	touchpoints: number;
	/** Currencies of the values met, and how often each. */
	currencies: Map<string, number>;
}

export interface AnalysisPart {
	sums: AnalysisSums;
	/** Profile to go on after; null at the end. */
	next: string | null;
}

/** Touchpoints that one call looks at, about; then the asker must call again. */
export const PART_TOUCHPOINTS = 100_000;
/** Touchpoints between two pauses: about ten milliseconds. */
const SLICE_TOUCHPOINTS = 5_000;

/** What the packed columns hold is enough for these. */
const LIGHT_DIMENSIONS: ReadonlySet<Dimension> = new Set([
	"channel",
	"traffic",
	"trafficOrChannel",
	"source",
	"medium",
	"sourceMedium",
	"campaign",
	"type",
	"direction",
	"online",
	"stage",
	"page",
	"conversion",
	"deviceFamily",
	"automation",
	"currency",
	"weekday",
	"hour",
	"day",
	"week",
	"month",
]);

/**
 * @param pause lets other requests in
 * @throws RangeError where a dimension has too many values
 */
export async function scanShard(
	shard: ProfileShard,
	query: AnalysisQuery,
	after: string,
	pause: () => Promise<void>,
): Promise<AnalysisPart> {
	const add = createScan(query);
	const withDetail = needsDetail(query.task);
	const { bots, profile, from, to } = query;
	const touchQuery = { bots, withDetail, span: { from, to }, ...(profile === null ? {} : { profile }) };
	let last = after;
	// A profile passed over takes about the time of a touchpoint.
	let [looked, paused] = [0, 0];
	for (;;) {
		const page = readTouches(shard, last, touchQuery);
		if (page.length === 0) return { sums: add.sums, next: null };
		for (const { profileId, touchpoints } of page) {
			last = profileId;
			looked += Math.max(1, touchpoints.length);
			add.profile(touchpoints);
		}
		if (looked >= PART_TOUCHPOINTS) return { sums: add.sums, next: last };
		if (looked - paused >= SLICE_TOUCHPOINTS) {
			paused = looked;
			await pause();
		}
	}
}

function needsDetail(task: AnalysisTask): boolean {
	return !dimensionsOf(task).every((dimension) => LIGHT_DIMENSIONS.has(dimension));
}

function dimensionsOf(task: AnalysisTask): Dimension[] {
	switch (task.kind) {
		case "paths":
		case "funnel":
		case "pages":
			return [task.by];
		case "landings":
			return [task.by, task.source];
		case "crossTab":
			return [task.rows, task.columns];
		default:
			return [];
	}
}

function createScan(query: AnalysisQuery) {
	const zone = createZone(query.timeZone);
	const sums: AnalysisSums = { profiles: 0, touchpoints: 0, currencies: new Map() };
	const addTask = createAdder(query, zone, sums);
	return {
		sums,
		profile(touchpoints: readonly Touchpoint[]): void {
			sums.profiles++;
			sums.touchpoints += touchpoints.length;
			if (touchpoints.length > 0) addTask(touchpoints);
		},
	};
}

function createAdder(query: AnalysisQuery, zone: Zone, sums: AnalysisSums): (all: readonly Touchpoint[]) => void {
	const { task, from, to, channel, effective } = query;
	const isInside = (one: Touchpoint) => one.timestamp >= from && one.timestamp < to;
	const isMeant = (one: Touchpoint) =>
		isInside(one) && (channel === null || one.channel === channel) && (!effective || one.effective);
	switch (task.kind) {
		case "paths": {
			const counts = createPathCounts(task.options);
			sums.paths = counts;
			const { by: dimension, goals, milestones } = task;
			return (all) => {
				const whole = readJourney(all, { dimension, zone, goals, milestones });
				const journey = clipJourney(whole, from, to, counts.options.scope);
				if (journey === null) return;
				for (const { currency } of journey.conversions) if (currency !== undefined) countCurrency(sums, currency);
				addJourney(counts, journey);
			};
		}
		case "funnel": {
			const funnel = createFunnel(task.options);
			sums.funnel = funnel;
			return (all) => {
				const steps = all
					.filter(isInside)
					.map((one) => ({ label: labelTouchpoint(task.by, one, zone), t: one.timestamp }));
				if (steps.length > 0) addToFunnel(funnel, steps);
			};
		}
		case "heatMap": {
			const map = createHeatMap();
			sums.heatMap = map;
			return (all) => {
				for (const one of all) if (isMeant(one)) addToHeatMap(map, zone, one.timestamp);
			};
		}
		case "cohorts": {
			const cohorts = createCohorts(task.period);
			sums.cohorts = cohorts;
			return (all) =>
				addToCohorts(
					cohorts,
					zone,
					all.filter(isMeant).map(({ timestamp }) => timestamp),
				);
		}
		case "pages": {
			const pages = createEngagedTime();
			sums.pages = pages;
			return (all) => {
				for (const one of all) {
					if (!isMeant(one) || !VIEW_TYPES.has(one.type)) continue;
					addView(pages, labelTouchpoint(task.by, one, zone), one.engagedMs ?? 0, one.scrollDepth ?? 0);
				}
			};
		}
		case "landings": {
			const landings = createLandings();
			sums.landings = landings;
			const labels = {
				page: (one: Touchpoint) => labelTouchpoint(task.by, one, zone),
				source: (one: Touchpoint) => labelTouchpoint(task.source, one, zone),
			};
			return (all) => addToLandings(landings, all, labels, isMeant);
		}
		case "crossTab": {
			const tab = createCrossTab();
			sums.crossTab = tab;
			return (all) => {
				for (const one of all) {
					if (!isMeant(one)) continue;
					if (task.measure === "value" && one.value !== undefined) countCurrency(sums, one.value.currency);
					const measure =
						task.measure === "engagedMs" ? one.engagedMs : task.measure === "value" ? one.value?.amount : undefined;
					const label = (dimension: Dimension) => labelTouchpoint(dimension, one, zone);
					addToCrossTab(tab, label(task.rows), label(task.columns), measure ?? 0);
				}
			};
		}
	}
}

const VIEW_TYPES: ReadonlySet<string> = new Set(["page_viewed", "screen_viewed"]);

function countCurrency(sums: AnalysisSums, currency: string): void {
	sums.currencies.set(currency, (sums.currencies.get(currency) ?? 0) + 1);
}

/** Folds `from` into `into` and returns it; both are of one query. Associative and commutative. */
export function mergeSums(into: AnalysisSums, from: AnalysisSums): AnalysisSums {
	into.profiles += from.profiles;
	into.touchpoints += from.touchpoints;
	for (const [currency, count] of from.currencies) {
		into.currencies.set(currency, (into.currencies.get(currency) ?? 0) + count);
	}
	if (into.paths && from.paths) mergePathCounts(into.paths, from.paths);
	if (into.funnel && from.funnel) mergeFunnels(into.funnel, from.funnel);
	if (into.heatMap && from.heatMap) mergeHeatMaps(into.heatMap, from.heatMap);
	if (into.cohorts && from.cohorts) mergeCohorts(into.cohorts, from.cohorts);
	if (into.pages && from.pages) mergeEngagedTime(into.pages, from.pages);
	if (into.landings && from.landings) mergeLandings(into.landings, from.landings);
	if (into.crossTab && from.crossTab) mergeCrossTabs(into.crossTab, from.crossTab);
	return into;
}
