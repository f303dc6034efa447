/** The journey room's door: events of one stream → pieces; pieces of one profile → chain, rows, columns. */
export {
	assembleChain,
	type Chain,
	type ChainOptions,
	type Conversion,
	compareTouchpoints,
	countTwins,
	identitiesOf,
	stageOf,
} from "./chain.ts";
export { type ChainTable, chainRows, type RowFilter, selectChain } from "./chain-rows.ts";
export { CHANNELS, type ChannelDefaults } from "./channels.ts";
export { type FoldedWindow, foldWindow, type Handed, type Window } from "./fold-window.ts";
export { type IdentityRow, identityRows } from "./identity-rows.ts";
export {
	type ConversionRow,
	JOURNEY_TOUCHPOINTS_MAX,
	type JourneyRow,
	journeyRow,
	type TouchpointRow,
	touchpointRow,
} from "./journey-row.ts";
export { type Contested, Judgement } from "./judgement.ts";
export { longRows, shortenChain, type WalkedChain } from "./long-rows.ts";
export { isRobot, lightenTouchpoint, type PackedPath, pathOf, readPath } from "./path.ts";
export { SESSION_GAP_MS_MAX, SESSION_LENGTH_MS_MAX, type SessionCarry } from "./session.ts";
export { type Session, sessionsOf } from "./sessions.ts";
export {
	completeJourneySettings,
	DEFAULT_JOURNEY_SETTINGS,
	type JourneySettings,
	type ParsedSettings,
	parseJourneySettings,
} from "./settings.ts";
export type { OwnedEvent } from "./touchpoint.ts";
export type { CampaignFacts, TrafficClass } from "./traffic.ts";
