/**
 * Share links: a short address that leads to a page of the business, tells the page who shared it and in which campaign,
 * and makes each click a contact, also where no script runs. The landing page's script hands the click back (`stclid`), so that
 * the click and the visit it began become one chain.
 */
import * as v from "valibot";
import type { WireEvent } from "../../sdk/wire.ts";
import type { LoggedEvent } from "../model.ts";
import { isObject } from "./json-value.ts";

const TEXT_CHARS_MAX = 200;
const URL_CHARS_MAX = 2000;
/** Sharers named on a click: the first and the latest ones. `share_depth` counts all. */
const SHARERS_SHOWN_MAX = 20;
/** A landing later than this after its click is a copied address, not the click's visit; ms. */
export const CLICK_MS_MAX = 2 * 60_000;

/** Query parameters that a click adds to the landing address beside `utm_*`. */
export const LANDING = { click: "stclid", staff: "st_staff", scene: "st_scene" } as const;

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(TEXT_CHARS_MAX));
const target = v.pipe(
	v.string(),
	v.maxLength(URL_CHARS_MAX),
	v.check(isWebAddress, "an absolute http or https address without user name and password"),
);

const linkSchema = v.strictObject({
	url: target,
	name: v.optional(text),
	channel: v.optional(text, "web"),
	source: v.optional(text),
	medium: v.optional(text),
	campaign: v.optional(text),
	term: v.optional(text),
	content: v.optional(text),
	staff: v.optional(text),
	scene: v.optional(text),
	expiresAt: v.optional(
		v.pipe(
			v.string(),
			v.check((value) => !Number.isNaN(Date.parse(value)), "an ISO 8601 time"),
		),
	),
});

/** What the owner says of a link. `staff` is who shares it, `scene` where it hangs (a poster, a till, a chat group). */
export type ShareLinkFields = v.InferOutput<typeof linkSchema>;

/** A link as it is kept. */
export interface ShareLink extends ShareLinkFields {
	code: string;
	/** ms since the epoch. */
	createdAt: number;
	/** ms since the epoch; a revoked link leads nowhere. */
	revokedAt?: number;
	/** Code of the link that was shared on; absent for one that the owner made. */
	parent?: string;
	/** How often it was shared on: 0 for one that the owner made. */
	depth: number;
	/** Who shared it on, first to last: keyed hashes, as in `/v1/identities`. */
	sharers: string[];
}

export type ParsedLink = { ok: true; value: ShareLinkFields } | { ok: false; field: string; message: string };

export function parseShareLink(json: unknown): ParsedLink {
	if (!isObject(json)) return { ok: false, field: "", message: "must be an object" };
	const result = v.safeParse(linkSchema, json);
	if (result.success) return { ok: true, value: result.output };
	const [issue] = result.issues;
	return { ok: false, field: v.getDotPath(issue) ?? "", message: issue.message };
}

function isWebAddress(value: string): boolean {
	const url = URL.parse(value);
	return (
		url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" && url.username === "" && url.password === ""
	);
}

/** The same link in somebody else's hands. */
export function shareOn(parent: ShareLink, sharer: string, code: string, createdAt: number): ShareLink {
	const { revokedAt: _, ...kept } = parent;
	const sharers = [...parent.sharers, sharer];
	if (sharers.length > SHARERS_SHOWN_MAX) sharers.splice(1, 1);
	return { ...kept, code, createdAt, parent: parent.code, depth: parent.depth + 1, sharers };
}

/** Whether a link leads somewhere at `now`, ms. */
export function isOpen(link: ShareLink, now: number): boolean {
	return link.revokedAt === undefined && (link.expiresAt === undefined || now < Date.parse(link.expiresAt));
}

/**
 * Where a click goes: the link's own address, its host untouched, with campaign, staff and scene set.
 *
 * @param token of the click, from `signClick`; null where none was logged
 */
export function landingOf(link: ShareLink, token: string | null): string {
	const url = new URL(link.url);
	const added: [string, string | null | undefined][] = [
		["utm_source", link.source],
		["utm_medium", link.medium],
		["utm_campaign", link.campaign],
		["utm_term", link.term],
		["utm_content", link.content],
		[LANDING.staff, link.staff],
		[LANDING.scene, link.scene],
		[LANDING.click, token],
	];
	for (const [name, value] of added) if (value) url.searchParams.set(name, value);
	return url.href;
}

/** The click's own anonymous id: nobody is known yet. The landing links it to the visitor's device. */
export function clickerOf(click: string): string {
	return `click-${click}`;
}

/** The contact that a click is. */
export function clickEvent(link: ShareLink, click: string, referrer: string | undefined): WireEvent {
	const { channel, source, medium, campaign, term, content, scene } = link;
	const participants = [
		...(link.staff === undefined ? [] : [{ role: "staff", ref: link.staff }]),
		...link.sharers.map((ref) => ({ role: "partner", ref })),
	];
	return {
		type: "touch",
		name: "link_clicked",
		messageId: clickerOf(click),
		anonymousId: clickerOf(click),
		channel,
		direction: "in",
		...dropAbsent({ source, medium, campaign, term, content, place: scene }),
		object: { kind: "share_link", ref: link.code, ...(link.name === undefined ? {} : { title: link.name }) },
		...(participants.length > 0 ? { participants } : {}),
		...(link.depth > 0 ? { signals: { share_depth: link.depth } } : {}),
		...(referrer === undefined ? {} : { page: { referrer } }),
	};
}

function dropAbsent(values: { [name: string]: string | undefined }): { [name: string]: string } {
	return Object.fromEntries(
		Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
	);
}

/** What a landing says of the click that brought it; unchecked. */
export interface Landing {
	token: string;
	staff: string;
	scene: string;
}

/** @returns null for an event that is no page view of a device, or that carries no click */
export function readLanding({ sent }: Pick<LoggedEvent, "sent">): Landing | null {
	if (sent.type !== "page" || sent.anonymousId === undefined) return null;
	const { context = {}, properties = {} } = sent;
	const page = isObject(context.page) ? context.page : {};
	const url = [page.url, properties.url].find((one) => typeof one === "string") ?? "";
	const clickIds = isObject(context.clickIds) ? context.clickIds : {};
	const said = clickIds[LANDING.click];
	if (said === undefined && !url.includes(`${LANDING.click}=`)) return null;
	const query = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? "");
	const token = typeof said === "string" ? said : query.get(LANDING.click);
	if (!token) return null;
	return { token, staff: query.get(LANDING.staff) ?? "", scene: query.get(LANDING.scene) ?? "" };
}

/** The statement that joins the click to the device that landed, at the landing's time. */
export function linkLanding(landed: LoggedEvent, click: string): LoggedEvent {
	const { anonymousId, messageId } = landed.sent;
	return {
		sent: {
			type: "link",
			// One statement a landing, however often it is sent.
			messageId: `${clickerOf(click)}-${messageId}`.slice(0, 256),
			...(anonymousId === undefined ? {} : { anonymousId }),
			previousId: clickerOf(click),
		},
		timestamp: landed.timestamp,
		receivedAt: landed.receivedAt,
		trust: landed.trust,
		added: {},
	};
}
