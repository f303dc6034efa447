/**
 * Props of the journey tests: events of one stream in shorthand, and stand-ins for what the neighbouring
 * rooms hand in. They are simple but real functions: nothing answers the same whatever it is asked.
 */
import {
	DEFAULT_JOURNEY_SETTINGS,
	type FoldedWindow,
	foldWindow,
	type Handed,
	type JourneySettings,
	type OwnedEvent,
	type SessionCarry,
} from "../../collector/journey/index.ts";
import type { Added, JsonObject, LoggedEvent, Piece, Trust, WireEvent } from "../../collector/model.ts";

export const MINUTE_MS = 60_000;
export const START = Date.UTC(2026, 2, 1, 12);

export interface Given {
	/** Ms after {@link START}. */
	at?: number;
	id?: string;
	owner?: string | null;
	added?: Added;
	trust?: Trust;
	cut?: boolean;
}

export interface Scene extends OwnedEvent {
	cut: boolean;
}

let counter = 0;

/** An event as logged; ids count up, so that events given in order are in the order ≺. */
export function happens(sent: Omit<WireEvent, "messageId">, given: Given = {}): Scene {
	const messageId = given.id ?? `m${String(++counter).padStart(6, "0")}`;
	const timestamp = START + (given.at ?? 0);
	const event: LoggedEvent = {
		sent: { anonymousId: "device", ...sent, type: sent.type as WireEvent["type"], messageId },
		timestamp,
		receivedAt: timestamp,
		trust: given.trust ?? "public",
		added: given.added ?? {},
	};
	return {
		event,
		owner: given.owner === undefined ? "p1" : given.owner,
		id: `touch:${messageId}`,
		cut: given.cut ?? false,
	};
}

/** A page view of our own script; `viewId` defaults to the path. */
export function views(
	path: string,
	given: Given & { viewId?: string; url?: string; referrer?: string; campaign?: JsonObject } = {},
): Scene {
	const page: JsonObject = { url: given.url ?? `https://shop.example${path}`, path, title: `Title of ${path}` };
	if (given.referrer !== undefined) page.referrer = given.referrer;
	const context: JsonObject = { page, strand: { tab: "t", seq: 1, version: "0", viewId: given.viewId ?? path } };
	if (given.campaign !== undefined) context.campaign = given.campaign;
	return happens({ type: "page", properties: page, context }, given);
}

export function tracks(
	event: string,
	properties: JsonObject = {},
	given: Given & { context?: JsonObject } = {},
): Scene {
	return happens({ type: "track", event, properties, context: given.context ?? { page: { path: "/" } } }, given);
}

export function reports(viewId: string, rev: number, engagedMs: number, given: Given = {}): Scene {
	return tracks("Page Engaged", { viewId, rev, engagedMs, visibleMs: engagedMs * 2, scrollDepth: 0.5 }, given);
}

/** utm source and medium decide, then the referrer's host unless it is the page's own, else direct. */
export const handed: Handed = {
	hash: (kind, value) => `${kind}<${value}>`,
	identities: ({ sent }) =>
		[
			{ kind: "userId", value: sent.userId },
			{ kind: "anonymousId", value: sent.anonymousId },
		].flatMap(({ kind, value }) => (value === undefined ? [] : [{ kind, value, hash: `${kind}:${value}` }])),
	readCampaign: ({ sent }) => {
		const context = sent.context as
			| { page?: { url?: string; referrer?: string }; campaign?: { [key: string]: string } }
			| undefined;
		return { url: context?.page?.url, referrer: context?.page?.referrer, campaign: context?.campaign };
	},
	classify: ({ url, referrer, campaign }) => {
		if (campaign?.source !== undefined) {
			const { source, medium, name } = campaign;
			return {
				traffic: `By ${medium}`,
				source,
				medium,
				campaign: name,
				direct: false,
				rule: "campaign",
				evidence: `utm_source=${source}`,
			};
		}
		const host = referrer === undefined ? undefined : new URL(referrer).hostname;
		if (host === undefined || (url !== undefined && host === new URL(url).hostname)) {
			return { traffic: "Direct", source: "(direct)", medium: "(none)", direct: true, rule: "direct", evidence: "" };
		}
		return { traffic: "Referral", source: host, medium: "referral", direct: false, rule: "referrer", evidence: host };
	},
};

/** Folds a visit in windows of `size` events; the carry goes through JSON, as it does in the store. */
export function foldAll(
	scene: readonly Scene[],
	size = 500,
	settings: JourneySettings = DEFAULT_JOURNEY_SETTINGS,
): Piece[] {
	const pieces: Piece[] = [];
	let carry: SessionCarry | null = null;
	for (let at = 0; at < scene.length; at += size) {
		const events = scene.slice(at, at + size);
		const folded: FoldedWindow = foldWindow(
			{ stream: "stream", events, cutsBefore: events.map((one) => one.cut), carry },
			settings,
			handed,
		);
		pieces.push(...folded.pieces);
		carry = JSON.parse(JSON.stringify(folded.carry)) as SessionCarry | null;
	}
	return pieces;
}

/** The touchpoints of `owner` from one window. */
export function touchesOf(scene: readonly Scene[], settings?: JourneySettings, owner = "p1") {
	return foldAll(scene, 500, settings)
		.filter((piece) => piece.profileId === owner)
		.flatMap((piece) => piece.touchpoints);
}
