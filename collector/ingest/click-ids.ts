/** What a click id says of where a visit came from. */
import { CLICK_IDS } from "../../sdk/wire.ts";
import { INGEST_LIMITS } from "./limits.ts";
import type { TrafficSource } from "./traffic-sources.ts";

export interface ClickOrigin {
	/** A source of the table, or a name of its own (`outbrain`). */
	source: TrafficSource["name"];
	medium: string;
	/**
	 * The parameter does not prove what its kind says: the network adds it to unpaid links too, or others use the same name.
	 * A known referrer is then believed first.
	 */
	isWeak?: true;
}

/** By kind, as `CLICK_IDS` names them. GA4 reads `gclid` as google / cpc; the others follow that model. */
const ORIGINS = new Map<string, ClickOrigin>([
	["google_ads", { source: "google", medium: "cpc" }],
	["google_display", { source: "google", medium: "display" }],
	["microsoft_ads", { source: "bing", medium: "cpc" }],
	["yandex", { source: "yandex", medium: "cpc" }],
	["yandex_market", { source: "yandex_market", medium: "cpc" }],
	["baidu", { source: "baidu", medium: "cpc" }],
	// Facebook and Instagram put theirs on every outgoing link and share.
	["facebook", { source: "facebook", medium: "referral", isWeak: true }],
	["instagram", { source: "instagram", medium: "referral", isWeak: true }],
	["tiktok", { source: "tiktok", medium: "cpc" }],
	["x", { source: "x", medium: "cpc" }],
	["linkedin", { source: "linkedin", medium: "cpc" }],
	["pinterest", { source: "pinterest", medium: "cpc" }],
	["reddit", { source: "reddit", medium: "cpc" }],
	["snapchat", { source: "snapchat", medium: "cpc" }],
	["quora", { source: "quora", medium: "cpc" }],
	["outbrain", { source: "outbrain", medium: "cpc" }],
	["taboola", { source: "taboola", medium: "cpc" }],
	["impact", { source: "impact", medium: "affiliate" }],
	["awin", { source: "awin", medium: "affiliate" }],
	["cj", { source: "cj", medium: "affiliate" }],
	["mailchimp", { source: "mailchimp", medium: "email" }],
	["klaviyo", { source: "klaviyo", medium: "email" }],
	// `clickid` and `click_id` are parameters of many networks.
	["douyin", { source: "douyin", medium: "cpc", isWeak: true }],
	["kuaishou", { source: "kuaishou", medium: "cpc", isWeak: true }],
	["tencent_ads", { source: "tencent_ads", medium: "cpc" }],
	["wechat_ads", { source: "wechat", medium: "cpc" }],
	["xiaohongshu", { source: "xiaohongshu", medium: "cpc" }],
	// Our own share links (share-link.ts), where their owner named no source.
	["share_link", { source: "share_link", medium: "referral", isWeak: true }],
]);

export interface ClickId {
	kind: string;
	value: string;
	parameter: string;
	origin: ClickOrigin | null;
}

/**
 * The click id that counts: the first in the order of `CLICK_IDS`, strong ones before weak ones.
 *
 * @param ids values by query parameter; unknown parameters, blanks and unreplaced macros are passed over
 */
export function findClickId(ids: { readonly [parameter: string]: string }): ClickId | null {
	let weak: ClickId | null = null;
	for (const [parameter, kind] of Object.entries(CLICK_IDS)) {
		if (!Object.hasOwn(ids, parameter)) continue;
		const value = cleanParameter(ids[parameter]);
		if (value === undefined) continue;
		const found = { kind, value, parameter, origin: ORIGINS.get(kind) ?? null };
		if (!found.origin?.isWeak) return found;
		weak ??= found;
	}
	return weak;
}

/** A whole value that an ad server should have replaced: `{gclid}`, `{{ad.name}}`, `__CLICKID__`, `[SID]`, `%%CLICK%%`, `${id}`, `<id>`. */
const MACRO = /^(?:\$?\{.*\}|__\w+__|\[.*\]|%%.*%%|<.*>|%7b.*%7d)$/i;

/** The trimmed value, at most `parameterCharsMax` characters of it; undefined for what is no text, blank, or an unreplaced macro. */
export function cleanParameter(value: unknown): string | undefined {
	if (typeof value !== "string") return undefined;
	const text = value.trim().slice(0, INGEST_LIMITS.parameterCharsMax);
	return text === "" || MACRO.test(text) ? undefined : text;
}
