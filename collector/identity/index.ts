/**
 * The identity room: who is the same person (`identity.md`), as pure functions of sets of events.
 * The store takes `read…`, `streamOf`, `cutTimeline`, `resolveClusters` and the plans apart to deliver
 * incrementally what `resolve` says of the whole set.
 */
export { isBlocked } from "./blocked.ts";
export { canonicalJson } from "./canonical-json.ts";
export { type Consent, type Consenting, type ConsentStatement, consentAt, createConsentAt } from "./consent.ts";
export { compareCopies } from "./copies.ts";
export { type EraseStatement, isErased } from "./erasure.ts";
export {
	createReadField,
	type EventIdentifiers,
	type ReadField,
	readIdentifiers,
	readRef,
	rememberFields,
} from "./identifiers.ts";
export { findForgotten, type IdleStream, isLasting } from "./idle.ts";
export * from "./limits.ts";
export { type LinkRules, linkRulesOf } from "./link-rules.ts";
export {
	bestNode,
	compareByRank,
	compareText,
	createHasher,
	DEVICE_KIND,
	type Hash,
	hashOf,
	isDevice,
	isStrong,
	isUser,
	kindOf,
	nodeKey,
	rankOf,
	USER_KIND,
} from "./node-key.ts";
export { comparePositions, lastAtOrBefore } from "./position.ts";
export { anonymousProfile, isolatedProfile } from "./profile-id.ts";
export { foldRegisters, linkedGroups } from "./registers.ts";
export { type EventKey, type Resolution, resolve } from "./resolve.ts";
export { resolveClusters } from "./resolve-clusters.ts";
export { cutAt, isKept, nextCutAt, withoutOldContent } from "./retention.ts";
export { aliasKey } from "./shared-devices.ts";
export { findShared } from "./shared-identifiers.ts";
export { carriedNodes, nodesOf, readStatement } from "./statements.ts";
export { isUnattributed, streamOf } from "./stream-key.ts";
export { claimKey, cutTimeline, segmentAt, type TimelineParts } from "./timeline.ts";
export type * from "./types.ts";
export { createCounts, createOwnerAt, createPlanner, ownerByPlan, planOf, type VisitPlan } from "./visit-plan.ts";
