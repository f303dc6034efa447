/** What the collector knows of an event beside what was sent: robot, device, place. */
import { isbot } from "isbot";
import type { WireEvent } from "../../sdk/wire.ts";
import type { Added, Trust } from "../model.ts";
import { readDevice } from "./device.ts";
import { isObject } from "./json-value.ts";
import { INGEST_LIMITS } from "./limits.ts";

type Reading = Pick<Added, "bot" | "deviceFamily" | "browser" | "os">;

/**
 * Results of a pure function, kept because a batch and a site see few user agents and some hundred patterns
 * are tried on each. Emptied when full: a flood of made-up agents costs time, never memory.
 */
const readings = new Map<string, Reading>();

/**
 * The user agent is `context.userAgent` where the event has one, since a server or an app that speaks for a browser
 * says so there, else the header. A server's own header names its program and is never read, nor is its place; a server is
 * who sends with a key of one, or through a vendor's library for servers.
 *
 * `bot` is present only when true. A program's user agent (okhttp, CFNetwork) is no robot where the event describes its
 * device, as the clients of Segment's mobile libraries do.
 *
 * @returns an empty object where nothing is known
 */
export function enrich(
	event: WireEvent,
	arrival: { trust: Trust; userAgent?: string | undefined; country?: string | undefined; city?: string | undefined },
): Added {
	const isServer = arrival.trust === "server" || isServerLibrary(event.context?.library);
	const given = event.context?.userAgent;
	const own = typeof given === "string" && given !== "";
	const userAgent = own ? given : isServer ? "" : readHeader(arrival.userAgent);
	const added: Added = { ...describe(event, userAgent) };
	if (!isServer && arrival.country) added.country = arrival.country;
	if (!isServer && arrival.city) added.city = arrival.city;
	return added;
}

/**
 * A header that names neither a browser nor a crawler (curl, python-requests, a phone app's HTTP library) is that
 * of a program that reports on somebody: it says nothing of the visitor, whom isbot would take for a robot.
 */
function readHeader(userAgent = ""): string {
	return /^(mozilla|opera)\/|bot|crawl|spider|slurp|preview|headless|lighthouse|externalhit|whatsapp|embedly|iframely/i.test(
		userAgent,
	)
		? userAgent
		: "";
}

/** Whether a `User-Agent` header is a crawler's, or that of a messenger that looks at a link to show a preview of it. */
export function isRobot(userAgent: string): boolean {
	const read = readHeader(userAgent);
	return read !== "" && readUserAgent(read.slice(0, INGEST_LIMITS.userAgentCharsMax)).bot === true;
}

/** Segment's and RudderStack's clients name themselves: `@segment/analytics-node`, `rudder-analytics-python`, `Analytics.NET`. */
const SERVER_LIBRARY = /(analytics|rudder).*\b(node|python|ruby|go|java|php|net|rust|elixir)\b/i;

function isServerLibrary(library: unknown): boolean {
	return isObject(library) && typeof library.name === "string" && SERVER_LIBRARY.test(library.name);
}

function describe(event: WireEvent, userAgent: string): Reading {
	const device = event.context?.device;
	if (isObject(device) && given(device.type)) {
		const os = isObject(event.context?.os) ? event.context.os.name : undefined;
		return {
			deviceFamily: /tv/i.test(String(device.type)) ? "tv" : "mobile",
			...(typeof os === "string" && os !== "" ? { os: os.slice(0, 64) } : {}),
		};
	}
	return userAgent === "" ? {} : readUserAgent(userAgent.slice(0, INGEST_LIMITS.userAgentCharsMax));
}

function given(value: unknown): boolean {
	return typeof value === "string" && value !== "";
}

function readUserAgent(userAgent: string): Reading {
	const known = readings.get(userAgent);
	if (known) return known;
	if (readings.size >= INGEST_LIMITS.userAgentCacheMax) readings.clear();
	const reading: Reading = { ...readDevice(userAgent), ...(isbot(userAgent) ? { bot: true } : {}) };
	readings.set(userAgent, reading);
	return reading;
}
