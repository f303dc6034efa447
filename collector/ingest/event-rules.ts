/** What each type of event needs, and what a public key may not say (`design.md` §4, Trust). */
import { DATA_TYPES, type EventType, STATEMENT_TYPES, type WireEvent } from "../../sdk/wire.ts";
import type { Trust } from "../model.ts";
import { badField, type Problem } from "./event-fields.ts";

const TYPES: ReadonlySet<unknown> = new Set<EventType>([...DATA_TYPES, ...STATEMENT_TYPES]);

export function isEventType(type: unknown): type is EventType {
	return TYPES.has(type);
}

/**
 * The first thing that an event of its type lacks, else null.
 *
 * `page` and `screen` need nothing: without an identifier they are counted, unattributed. `identify` must
 * carry something that could identify, `consent` something that it is about.
 */
export function checkNeeds(event: WireEvent): Problem | null {
	switch (event.type) {
		case "track":
			return event.event ? null : missing("event");
		case "touch":
			return event.channel ? (event.name ? null : missing("name")) : missing("channel");
		case "identify":
			return carriesIdentifier(event) ? null : missing("userId");
		case "group":
			return event.groupId ? null : missing("groupId");
		case "alias":
			return event.previousId ? (event.userId ? checkPreviousIdType(event) : missing("userId")) : missing("previousId");
		case "reset":
			return event.anonymousId ? null : missing("anonymousId");
		case "link":
			return event.anonymousId ? (event.previousId ? null : missing("previousId")) : missing("anonymousId");
		case "consent":
			return carriesIdentifier(event, false) ? checkConsent(event) : missing("anonymousId");
		case "unlink":
			if (!event.ids) return missing("ids");
			return event.ids.length === 2 ? null : badField("ids", "must name the two identifiers of the pair");
		case "erase":
			return event.ids?.length || event.slices?.length ? null : missing("ids");
		default:
			return null;
	}
}

/** Why a public key may not send this type at all, else null: said before its fields are judged, which would mend nothing. */
export function checkTypeTrust(type: EventType, trust: Trust): Problem | null {
	const isForbidden = trust === "public" && (type === "unlink" || type === "erase");
	return isForbidden ? needsSecret(`\`${type}\` needs a secret key.`) : null;
}

/**
 * Why a public key may not say this, else null. A write key stands in a web page: a stranger may add noise,
 * but never join, split or remove people who are not the device that speaks.
 */
export function checkTrust(event: WireEvent, trust: Trust): Problem | null {
	if (trust === "server") return null;
	switch (event.type) {
		case "alias": {
			const isOwnDevice = event.previousId === event.anonymousId && event.previousIdType !== "userId";
			return isOwnDevice
				? null
				: needsSecret("With a public key, `previousId` can only be the event's own `anonymousId`.");
		}
		case "consent":
			return event.anonymousId
				? null
				: needsSecret("With a public key, consent can only be given for an `anonymousId`.");
		default:
			return null;
	}
}

function carriesIdentifier(event: WireEvent, withTraits = true): boolean {
	if (event.userId !== undefined || event.anonymousId !== undefined || event.externalIds?.length) return true;
	if (event.context?.traits || event.context?.externalIds) return true;
	return withTraits ? event.traits !== undefined : hasIdentifyingTrait(event);
}

/** The traits of a `consent` always stand there, so that only those that name somebody count. */
function hasIdentifyingTrait(event: WireEvent): boolean {
	return Object.keys(event.traits ?? {}).some((key) => /^(email|phone|unionid|openid)/.test(key));
}

function checkConsent(event: WireEvent): Problem | null {
	const { traits } = event;
	if (!traits) return missing("traits");
	const said = ["analytics", "stitching"].filter((key) => Object.hasOwn(traits, key));
	if (said.length === 0) return missing("traits.analytics");
	const wrong = said.find((key) => typeof traits[key] !== "boolean");
	return wrong ? badField(`traits.${wrong}`, "must be true or false") : null;
}

function checkPreviousIdType(event: WireEvent): Problem | null {
	const type: string | undefined = event.previousIdType;
	if (type === undefined || type === "userId" || type === "anonymousId") return null;
	return badField("previousIdType", "must be userId or anonymousId");
}

function missing(field: string): Problem {
	return { code: "missing_field", field, message: `\`${field}\` is missing.` };
}

function needsSecret(message: string): Problem {
	return { code: "needs_secret_key", message };
}
