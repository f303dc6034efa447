/** What an event says of where its visit came from, wherever its sender wrote it. */
import { CLICK_IDS } from "../../sdk/wire.ts";
import type { LoggedEvent } from "../model.ts";
import type { VisitFacts } from "./classify-traffic.ts";
import { APP_BROWSERS } from "./device.ts";
import { isObject, type UnknownObject } from "./json-value.ts";

/**
 * Collects the facts for {@link classifyTraffic}: `context.campaign` (Segment's form) and, for what it lacks, the query of the page's
 * URL; click ids from `context.clickIds` and the same query; the referrer from `context.page`, `properties` or
 * `context.referrer`; the in-app browser from the user agent as read at the door.
 *
 * Of an event of our own script (`context.strand`) the query is not read: the script has read it, and leaves the facts out on
 * purpose where an address that still carries them is reloaded or the visitor did not consent.
 *
 * @param event only `context`, `properties` and what was added are looked at
 * @returns absent parts are left out; an event that says nothing gives `{}`
 */
export function readCampaign(event: Pick<LoggedEvent, "sent" | "added">): VisitFacts {
	const { context = {}, properties = {} } = event.sent;
	const page: UnknownObject = isObject(context.page) ? context.page : {};
	const url = text(page.url) ?? text(properties.url);
	const search = readQuery(url) ?? text(page.search) ?? text(properties.search) ?? "";
	const query = new URLSearchParams(isObject(context.strand) ? "" : search);
	const said: UnknownObject = isObject(context.campaign) ? context.campaign : {};
	const campaign = dropAbsent({
		source: text(said.source) ?? query.get("utm_source"),
		medium: text(said.medium) ?? query.get("utm_medium"),
		name: text(said.name) ?? query.get("utm_campaign"),
		term: text(said.term) ?? query.get("utm_term"),
		content: text(said.content) ?? query.get("utm_content"),
	});
	const clickIds = readClickIds(isObject(context.clickIds) ? context.clickIds : {}, query);
	const contextReferrer = isObject(context.referrer) ? text(context.referrer.url) : text(context.referrer);
	const referrer = text(page.referrer) ?? text(properties.referrer) ?? contextReferrer;
	const browser = event.added.browser;
	return {
		...dropAbsent({ url, referrer }),
		...(Object.keys(campaign).length > 0 ? { campaign } : {}),
		...(Object.keys(clickIds).length > 0 ? { clickIds } : {}),
		...(browser !== undefined && APP_BROWSERS.has(browser) ? { userAgentApp: browser } : {}),
	};
}

function readClickIds(said: UnknownObject, query: URLSearchParams): { [parameter: string]: string } {
	const ids: { [parameter: string]: string } = {};
	for (const parameter of Object.keys(CLICK_IDS)) {
		const value = (Object.hasOwn(said, parameter) ? text(said[parameter]) : undefined) ?? query.get(parameter);
		if (value) ids[parameter] = value;
	}
	return ids;
}

/** The query of a URL without `?` and fragment; undefined for none, so that `page.search` may stand in. */
function readQuery(url: string | undefined): string | undefined {
	return /^[^?#]*\?([^#]*)/.exec(url ?? "")?.[1];
}

function text(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

function dropAbsent<K extends string>(values: { [key in K]: string | null | undefined }): { [key in K]?: string } {
	const present: { [key in K]?: string } = {};
	for (const key in values) {
		const value = values[key];
		if (value) present[key] = value;
	}
	return present;
}
