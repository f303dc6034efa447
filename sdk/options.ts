/**
 * What can be set, by `init({ … })` or by data attributes of the script tag (`writeKey` is
 * `data-write-key`).
 */
import type { Observer } from "./page/observer.ts";
import type { ConsentState } from "./visitor/memory.ts";
import type { WireEvent } from "./wire.ts";

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

/** Attributes that hold several values, by spaces or commas. */
const LISTS = /^(scrub|internalHosts|crossDomains|conversions)$/;

/**
 * @returns options as the script tag's data attributes give them (`data-write-key` is `writeKey`): a
 * switch is off by "false", "off" or "0", and on by anything else; unknown attributes are left alone
 */
export function readAttributes(tag: HTMLElement): Options {
	const options: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(tag.dataset as Record<string, string>)) {
		options[name] = LISTS.test(name)
			? value.split(/[\s,]+/)
			: !/^(false|off|0)$/.test(value) && (/^(true|on|1)?$/.test(value) || value);
	}
	return options as unknown as Options;
}
