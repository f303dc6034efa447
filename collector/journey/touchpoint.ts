/**
 * One event → one touchpoint, or none. Session and traffic facts come later (`fold-window.ts`), since
 * they follow from the events around it.
 *
 * No touchpoint: `identify` and `group` (knowing who somebody is is not a contact; it lands in the
 * chain's identities and traits), `Page Engaged` and `Web Vital` (they measure a view), and what a
 * workspace's row maps to null.
 */
import type { Automation, JsonObject, LoggedEvent, Touchpoint, WireEvent } from "../model.ts";
import { compact, firstText, readCounts, readObject, readText } from "./fields.ts";
import type { MappingTable } from "./mapping.ts";
import { readPropertiesValue } from "./money.ts";
import { snakeCase } from "./names.ts";
import type { Rules } from "./rules.ts";
import type { TouchRow } from "./settings.ts";
import { readCampaignFields, readDuration, readPage, readTouchFields } from "./touch-fields.ts";

/** An event with its owner and the id of the touchpoint that it makes (it follows from stream and `messageId`). */
export interface OwnedEvent {
	event: LoggedEvent;
	/** Profile id; null: unattributed, makes no touchpoint. */
	owner: string | null;
	id: string;
}

/** Events of the other types say who somebody is, or how the log is to be read. */
const CONTACT_TYPES: ReadonlySet<string> = new Set(["page", "screen", "track", "touch"]);

const CHANNEL_CHARS_MAX = 64;

/** Segment's and RudderStack's libraries by the platform that they run on; the rest run on servers. */
const WEB_LIBRARY = /^(strand\.js|analytics\.js|rudderlabs javascript sdk|analytics-next)/i;
const APP_LIBRARY =
	/^(analytics-(ios|android|react-native|flutter|kotlin|swift)|@segment\/analytics-react-native|rudder-(ios|android|react|flutter))/i;

/**
 * Apple's Mail Privacy Protection loads every picture under this bare user agent, read or not.
 * @see https://www.twilio.com/docs/sendgrid/ui/sending-email/apple-mail-privacy-protection
 */
const MACHINE_OPEN_AGENT = "Mozilla/5.0";
const MACHINE_OPEN_FLAGS = ["machine_open", "is_machine_open", "sg_machine_open", "machineOpen"];

/** @returns web or app where a browser or an app sent the event, else null */
export function readDeviceChannel(sent: WireEvent): "web" | "app" | null {
	if (sent.type === "page") return "web";
	if (sent.type === "screen") return "app";
	const context = readObject(sent.context);
	const library = readText(readObject(context?.library)?.name);
	if (library !== undefined) {
		if (WEB_LIBRARY.test(library)) return "web";
		if (APP_LIBRARY.test(library)) return "app";
	}
	const channel = readText(sent.channel) ?? readText(context?.channel);
	if (channel === "server" || channel === "sources") return null;
	if (channel === "browser" || channel === "web") return "web";
	if (channel === "mobile") return "app";
	if (readObject(context?.page) !== undefined || readObject(context?.strand) !== undefined) return "web";
	if (readObject(context?.app) !== undefined) return "app";
	return library === undefined && readText(sent.anonymousId) !== undefined ? "web" : null;
}

/**
 * @param deviceFamily of the stream, where its events do not say
 * @returns null where the event is no contact
 */
export function makeTouchpoint(
	one: OwnedEvent & { owner: string },
	rules: Rules,
	deviceFamily?: string,
): Touchpoint | null {
	const sent = one.event.sent;
	if (!CONTACT_TYPES.has(sent.type)) return null;
	const touchpoint = sent.type === "touch" ? fromTouch(one, rules) : fromContact(one, rules);
	if (touchpoint === null) return null;
	const hasDevice = rules.channels.get(touchpoint.channel)?.sessions === true;
	const family = one.event.added.deviceFamily ?? deviceFamily;
	if (hasDevice && family !== undefined && touchpoint.deviceFamily === undefined) touchpoint.deviceFamily = family;
	if (isBot(one.event)) {
		touchpoint.bot = true;
		touchpoint.automation = "automated";
	}
	judge(touchpoint, rules);
	return touchpoint;
}

/** Stage, goal and credit by the tables; a stage that the sender gave stands. */
function judge(touchpoint: Touchpoint, rules: Rules): void {
	const stage = touchpoint.stage ?? rules.stageOf(touchpoint);
	if (stage !== undefined) touchpoint.stage = stage;
	touchpoint.effective = touchpoint.automation === "human" && rules.earnsCredit(touchpoint);
	const goal = touchpoint.bot === true || touchpoint.automation === "test" ? undefined : rules.goalOf(touchpoint);
	if (goal !== undefined) touchpoint.conversion = goal;
}

function fromTouch({ event, owner, id }: OwnedEvent & { owner: string }, rules: Rules): Touchpoint | null {
	const sent = event.sent;
	const name = snakeCase(readText(sent.name) ?? "") || "contact_made";
	const row = findRow(rules.mapping, name, readObject(sent.properties));
	if (row?.type === null) return null;
	// A channel that is not registered (yet) is `other`; once it is, folding again sets it right.
	const given = readText(sent.channel, CHANNEL_CHARS_MAX)?.toLowerCase();
	const channel = given === undefined ? (row?.channel ?? "other") : rules.channels.has(given) ? given : "other";
	const fields = readTouchFields(sent);
	return {
		...begin({ event, owner, id }, row?.type ?? name, channel, row, rules),
		...fields,
		automation: isTest(sent) ? "test" : (fields.automation ?? "human"),
	};
}

function fromContact({ event, owner, id }: OwnedEvent & { owner: string }, rules: Rules): Touchpoint | null {
	const sent = event.sent;
	const properties = readObject(sent.properties);
	const name = nameOf(sent);
	const row = findRow(rules.mapping, name, properties);
	if (row?.type === null) return null;
	const device = readDeviceChannel(sent);
	const channel = row?.channel ?? device ?? row?.fallbackChannel ?? "other";
	const touchpoint = begin({ event, owner, id }, row?.type ?? name, channel, row, rules);
	if (rules.channels.get(channel)?.sessions !== true) {
		Object.assign(touchpoint, readCampaignFields(undefined, sent.context));
	}
	const campaign = row?.campaign === undefined ? undefined : firstText(properties, row.campaign);
	const page = pageOf(sent, properties);
	const object = objectOf(sent, properties, row);
	const durationMs = readDuration(properties?.durationMs);
	const value = readPropertiesValue(properties, row?.valueKind !== undefined, rules.currency, row?.valueKind);
	const signals = row?.signals === true ? readCounts(properties) : undefined;
	if (campaign !== undefined && touchpoint.campaign === undefined) touchpoint.campaign = campaign;
	if (page !== undefined) touchpoint.page = page;
	if (object !== undefined) touchpoint.object = object;
	if (durationMs !== undefined) touchpoint.durationMs = durationMs;
	if (value !== undefined) touchpoint.value = value;
	if (signals !== undefined) touchpoint.signals = signals;
	if (event.added.click !== undefined) touchpoint.causedBy = event.added.click;
	touchpoint.automation = automationOf(sent, touchpoint.type, properties);
	return touchpoint;
}

function begin(
	one: OwnedEvent & { owner: string },
	type: string,
	channel: string,
	row: TouchRow | undefined,
	rules: Rules,
): Touchpoint {
	const registered = rules.channels.get(channel) ?? rules.channels.get("other");
	return {
		id: one.id,
		profileId: one.owner,
		timestamp: one.event.timestamp,
		channel,
		type,
		direction: row?.direction ?? registered?.direction ?? "in",
		online: row?.online ?? registered?.online ?? true,
		automation: "human",
		effective: false,
		evidence: [one.event.sent.messageId],
	};
}

function nameOf(sent: WireEvent): string {
	if (sent.type === "page") return "page_viewed";
	if (sent.type === "screen") return "screen_viewed";
	return snakeCase(readText(sent.event) ?? readText(sent.name) ?? "") || "event_tracked";
}

function findRow(mapping: MappingTable, name: string, properties: JsonObject | undefined): TouchRow | undefined {
	return mapping
		.get(name)
		?.find((row) => row.when === undefined || properties?.[row.when.property] === row.when.equals);
}

/** A view keeps all that is known of its page; other touches keep where they happened. */
function pageOf(sent: WireEvent, properties: JsonObject | undefined): Touchpoint["page"] | undefined {
	const context = readPage(readObject(sent.context)?.page);
	const page = sent.type === "page" ? { ...context, ...readPage(properties) } : context;
	if (page === undefined) return undefined;
	if (sent.type !== "page") delete page.referrer;
	if (page.path === undefined && page.url !== undefined) {
		const path = URL.parse(page.url)?.pathname;
		if (path !== undefined) page.path = path;
	}
	return Object.keys(page).length === 0 ? undefined : page;
}

function objectOf(
	sent: WireEvent,
	properties: JsonObject | undefined,
	row: TouchRow | undefined,
): Touchpoint["object"] | undefined {
	if (sent.type === "screen") {
		return compact({ kind: "screen", ref: undefined, title: readText(sent.name) ?? readText(properties?.name) });
	}
	if (row?.object === undefined) return undefined;
	return compact({
		kind: row.object.kind,
		ref: firstText(properties, row.object.ref ?? []),
		title: firstText(properties, row.object.title ?? []),
	});
}

function automationOf(sent: WireEvent, type: string, properties: JsonObject | undefined): Automation {
	if (isTest(sent)) return "test";
	if (type !== "email_opened") return "human";
	if (MACHINE_OPEN_FLAGS.some((flag) => properties?.[flag] === true)) return "machine_open";
	const agent = readText(readObject(sent.context)?.userAgent) ?? readText(properties?.user_agent);
	return agent === MACHINE_OPEN_AGENT ? "machine_open" : "human";
}

function isTest(sent: WireEvent): boolean {
	return readObject(sent.context)?.test === true || readObject(sent.properties)?.test === true;
}

/** A server's own client looks like a robot; only the visitor's user agent, when it passes one on, counts. */
function isBot({ sent, trust, added }: LoggedEvent): boolean {
	if (added.bot !== true || sent.type === "touch") return false;
	return trust === "public" || readText(readObject(sent.context)?.userAgent) !== undefined;
}
