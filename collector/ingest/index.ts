/**
 * The ingest room: bytes → accepted events and reasons for the rest, and where a visit came from. Routes
 * take {@link readBody}, {@link readBatch} and {@link acceptEvents} in turn; the fold takes {@link readCampaign}
 * and {@link classifyTraffic}.
 */
export { type Acceptance, type Arrival, acceptEvents, type RejectedEvent } from "./accept-events.ts";
export { type ReadBatch, readBatch } from "./batch.ts";
export { type BodyResult, type Refusal, readBody } from "./body.ts";
export { classifyTraffic, type Traffic, type VisitFacts } from "./classify-traffic.ts";
export { reportId } from "./delivery-report.ts";
export { isRobot } from "./enrich.ts";
export { parseTime } from "./event-time.ts";
export { readLibrary } from "./library.ts";
export { INGEST_LIMITS } from "./limits.ts";
export { readCampaign } from "./read-campaign.ts";
export {
	CLICK_MS_MAX,
	clickEvent,
	clickerOf,
	isOpen,
	landingOf,
	linkLanding,
	parseShareLink,
	readLanding,
	type ShareLink,
	shareOn,
} from "./share-link.ts";
export { checkPlan, type PlanWarning, parsePlan, type TrackingPlan } from "./tracking-plan.ts";
export { TRAFFIC_CHANNELS, type TrafficChannel } from "./traffic-rules.ts";
export { DEFAULT_SOURCES, type TrafficSource } from "./traffic-sources.ts";
