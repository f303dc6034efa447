/**
 * What can be set, by `init({ … })` or by data attributes of the script tag (`writeKey` is
 * `data-write-key`). One list drives the checks, the attributes and the README's table.
 */
import type { Observer } from "./capture/observer.ts";
import type { ConsentState } from "./visitor/memory.ts";
import type { WireEvent } from "./wire.ts";

/** How a data attribute is read: text as it stands, a list by spaces or commas, a switch by "false", "off", "0". */
type Kind = "text" | "list" | "switch" | "code";

/** Every option with its kind. `code` can be set by `init` only. */
export const OPTION_KINDS = {
	writeKey: "text",
	endpoint: "text",
	consent: "text",
	gpc: "text",
	dnt: "switch",
	pageViews: "switch",
	engagedTime: "switch",
	links: "switch",
	forms: "switch",
	vitals: "switch",
	hash: "switch",
	scrub: "list",
	internalHosts: "list",
	crossDomains: "list",
	conversions: "list",
	cookieDomain: "text",
	beforeSend: "code",
	onError: "code",
	observers: "code",
} as const satisfies Record<keyof Options, Kind>;

/** Options of {@link init}. Only `writeKey` is needed; `endpoint` too, where the script is bundled. */
export interface Options {
	/** The workspace's public key, `wk_…`. */
	writeKey: string;
	/** Origin of the collector, for example `https://t.example.com`. Default: where the script came from. */
	endpoint?: string;
	/**
	 * What the visitor allows as long as nobody has called {@link Strand.consent}. Default `granted`.
	 * With `denied` nothing is stored or sent; what happens meanwhile waits in memory for a `granted`.
	 */
	consent?: ConsentState;
	/**
	 * What Global Privacy Control does. `sharing` (default): no click ids, no cross-domain hop, and
	 * every event says `context.gpc`. `deny`: nothing is captured. `ignore`: nothing changes.
	 */
	gpc?: "sharing" | "deny" | "ignore";
	/** Do Not Track means `consent: "denied"`. Default false. */
	dnt?: boolean;
	/** Page views at load, navigation and return. Default true. */
	pageViews?: boolean;
	/** Engaged time and scroll depth of each page view. Default true. */
	engagedTime?: boolean;
	/** Clicks on outbound, download, `tel:` and `mailto:` links. Default true. */
	links?: boolean;
	/** Script tag only: load the forms part. Default true. Bundled: `observers: [forms]`. */
	forms?: boolean;
	/** Script tag only: load the web vitals part. Default false. Bundled: `observers: [vitals]`. */
	vitals?: boolean;
	/** The fragment (`#/cart`) is part of the address. Default false. */
	hash?: boolean;
	/** Query parameters whose values are scrubbed, beside the built-in list. */
	scrub?: string[];
	/** Hosts that are this site too: links to them are not outbound, arrivals from them no touch. */
	internalHosts?: string[];
	/** Other domains of the business: links to them carry the visitor along. They are internal too. */
	crossDomains?: string[];
	/** `track` names that are sent at once, beside {@link CONVERSIONS}. */
	conversions?: string[];
	/** Domain of the id cookie. Default: the widest that the browser accepts. */
	cookieDomain?: string;
	/** Sees every event before it is stored; returns it, changed or not, or `null` to drop it. A throw drops it. */
	beforeSend?: (event: WireEvent) => WireEvent | null;
	/** Told of the script's own faults and of refused events. */
	onError?: (error: unknown) => void;
	/** Bundled parts and your own observers. */
	observers?: Observer[];
}

/** Orders and leads do not wait for a batch. */
export const CONVERSIONS = ["order_paid", "Order Completed", "lead_submitted"] as const;

const CHOICES: { readonly [option: string]: readonly string[] } = {
	consent: ["denied", "anonymous", "granted"],
	gpc: ["sharing", "deny", "ignore"],
};

const CHECKS: Record<Kind, (value: unknown) => boolean> = {
	text: (value) => typeof value === "string" && value !== "",
	switch: (value) => typeof value === "boolean",
	list: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
	code: (value) => typeof value === "function" || Array.isArray(value),
};

const isOption = (name: string): name is keyof Options => name in OPTION_KINDS;

/**
 * @throws TypeError on an unknown option, a wrong kind of value, or a missing `writeKey` or `endpoint`
 */
export function checkOptions(options: Options, defaultEndpoint: string | undefined): Options & { endpoint: string } {
	for (const [name, value] of Object.entries(options || {})) {
		if (value === undefined) continue;
		const choices = CHOICES[name];
		if (!isOption(name) || !CHECKS[OPTION_KINDS[name]](value) || (choices && !choices.includes(value as string))) {
			throw new TypeError(`strand: option "${name}" is ${isOption(name) ? "wrong" : "unknown"}`);
		}
	}
	const endpoint = options?.endpoint || defaultEndpoint;
	if (!options?.writeKey) throw new TypeError("strand: writeKey is missing");
	if (!endpoint || !/^https?:\/\//.test(endpoint)) throw new TypeError("strand: endpoint is no http(s) address");
	return { ...options, endpoint: endpoint.replace(/\/+$/, "") };
}

const toAttribute = (name: string): string => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @returns options as the script tag's data attributes give them; unknown attributes are left alone */
export function readAttributes(element: Element | null): Options {
	const options: Record<string, unknown> = {};
	for (const [name, kind] of Object.entries(OPTION_KINDS)) {
		const value = element?.getAttribute(toAttribute(name));
		if (value == null || kind === "code") continue;
		if (kind === "list") options[name] = value.split(/[\s,]+/).filter(Boolean);
		else options[name] = kind === "switch" ? !/^(false|off|0|no)$/i.test(value) : value;
	}
	return options as unknown as Options;
}
