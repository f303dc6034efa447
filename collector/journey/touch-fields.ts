/**
 * The touchpoint's own fields as they stand at the top level of a `touch` event. Each is read alone: a
 * field of the wrong type is dropped, and the rest of the touch counts.
 */
import {
	type Automation,
	type Direction,
	type Participant,
	STAGES,
	type Touchpoint,
	type WireEvent,
} from "../model.ts";
import { compact, firstText, readClamped, readCounts, readNumber, readObject, readOneOf, readText } from "./fields.ts";
import { readTouchValue } from "./money.ts";

/** Longest duration kept, ms: 31 days. What is longer is set to it. */
const DURATION_MS_MAX = 31 * 24 * 3600_000;
/** Participants kept of one touch; further ones are dropped. */
const PARTICIPANTS_MAX = 50;

const DIRECTIONS: readonly Direction[] = ["in", "out", "internal"];
const AUTOMATIONS: readonly Automation[] = ["human", "automated", "machine_open", "test"];
const ROLES: readonly Participant["role"][] = ["customer", "staff", "bot", "device", "partner"];
const METRICS = ["nps", "csat", "ces", "sentiment"] as const;

/** Scales of the score metrics, for senders that name the metric and give no bounds. */
const SCALES: { readonly [metric in (typeof METRICS)[number]]: { min: number; max: number } } = {
	nps: { min: 0, max: 10 },
	csat: { min: 1, max: 5 },
	ces: { min: 1, max: 7 },
	sentiment: { min: -1, max: 1 },
};

/** What a touch may say about itself; identity, time, session and credit are derived and never taken from it. */
export type TouchFields = Partial<
	Omit<
		Touchpoint,
		| "id"
		| "profileId"
		| "timestamp"
		| "sessionId"
		| "effective"
		| "conversion"
		| "bot"
		| "evidence"
		| "channel"
		| "type"
	>
>;

/** @returns the fields that are well-formed; empty when none is */
export function readTouchFields(sent: WireEvent): TouchFields {
	const fields: { [K in keyof TouchFields]: TouchFields[K] | undefined } = {
		direction: readOneOf(sent.direction, DIRECTIONS),
		online: typeof sent.online === "boolean" ? sent.online : undefined,
		direct: typeof sent.direct === "boolean" ? sent.direct : undefined,
		stage: readOneOf(sent.stage, STAGES),
		traffic: readText(sent.traffic),
		...readCampaignFields(sent, sent.context),
		clickId: readClickId(sent.clickId),
		participants: readParticipants(sent.participants),
		page: readPage(sent.page),
		object: compact({
			kind: readText(readObject(sent.object)?.kind),
			ref: readText(readObject(sent.object)?.ref),
			title: readText(readObject(sent.object)?.title),
		}),
		engagedMs: readDuration(sent.engagedMs),
		visibleMs: readDuration(sent.visibleMs),
		scrollDepth: readClamped(sent.scrollDepth, 0, 1),
		durationMs: readDuration(sent.durationMs),
		outcome: readOutcome(sent.outcome),
		value: readTouchValue(sent.value),
		score: readScore(sent.score),
		signals: readCounts(sent.signals),
		text: readText(sent.text),
		place: readText(sent.place),
		causedBy: readText(sent.causedBy, 256),
		automation: readOneOf(sent.automation, AUTOMATIONS),
		deviceFamily: readText(sent.deviceFamily, 64),
	};
	return compact<TouchFields>(fields) ?? {};
}

/**
 * Names of the campaign that a contact belongs to, away from web visits.
 *
 * @param own a touch, whose own fields win; undefined for other events
 * @param context of the event: Segment's `context.campaign`
 */
export function readCampaignFields(
	own: WireEvent | undefined,
	context: unknown,
): Partial<Pick<Touchpoint, "source" | "medium" | "campaign" | "term" | "content">> {
	const campaign = readObject(readObject(context)?.campaign);
	return (
		compact({
			source: readText(own?.source) ?? readText(campaign?.source),
			medium: readText(own?.medium) ?? readText(campaign?.medium),
			campaign: readText(own?.campaign) ?? firstText(campaign, ["name", "id"]),
			term: readText(own?.term) ?? readText(campaign?.term),
			content: readText(own?.content) ?? readText(campaign?.content),
		}) ?? {}
	);
}

/** Milliseconds as a whole number in [0, 31 days]. */
export function readDuration(value: unknown): number | undefined {
	const ms = readClamped(value, 0, DURATION_MS_MAX);
	return ms === undefined ? undefined : Math.round(ms);
}

export function readPage(value: unknown): Touchpoint["page"] | undefined {
	const from = readObject(value);
	if (from === undefined) return undefined;
	return compact({
		url: readText(from.url),
		path: readText(from.path),
		title: readText(from.title),
		referrer: readText(from.referrer),
	});
}

function readClickId(value: unknown): Touchpoint["clickId"] | undefined {
	const from = readObject(value);
	const kind = readText(from?.kind);
	const id = readText(from?.value);
	return kind === undefined || id === undefined ? undefined : { kind, value: id };
}

function readParticipants(value: unknown): Participant[] | undefined {
	if (!Array.isArray(value)) return undefined;
	const participants: Participant[] = [];
	for (const one of value.slice(0, PARTICIPANTS_MAX)) {
		const from = readObject(one);
		const role = readOneOf(from?.role, ROLES);
		if (role === undefined) continue;
		participants.push({
			role,
			...compact<{ ref: string; name: string }>({ ref: readText(from?.ref), name: readText(from?.name) }),
		});
	}
	return participants.length === 0 ? undefined : participants;
}

function readOutcome(value: unknown): Touchpoint["outcome"] | undefined {
	const from = readObject(value);
	const status = readText(from?.status);
	if (status === undefined) return undefined;
	const reason = readText(from?.reason);
	return reason === undefined ? { status } : { status, reason };
}

function readScore(value: unknown): Touchpoint["score"] | undefined {
	const from = readObject(value);
	const metric = readOneOf(from?.metric, METRICS);
	const score = readNumber(from?.value);
	if (metric === undefined || score === undefined) return undefined;
	const min = readNumber(from?.min) ?? SCALES[metric].min;
	const max = readNumber(from?.max) ?? SCALES[metric].max;
	return min < max && score >= min && score <= max ? { metric, value: score, min, max } : undefined;
}
