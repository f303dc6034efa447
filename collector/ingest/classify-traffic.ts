/**
 * Where a web visit came from: source and medium from its campaign parameters, click ids, referrer or app, in that order, then GA4's
 * channel (`traffic-rules.ts`). A tag is what the sender wanted to say, a click id what an ad network says, a referrer
 * what the browser happens to know.
 */
import { getDomain } from "tldts";
import type { SourceCategory } from "../model.ts";
import { type ClickId, cleanParameter, findClickId } from "./click-ids.ts";
import { INGEST_LIMITS } from "./limits.ts";
import { indexSources, type SourceIndex } from "./source-index.ts";
import { findChannel, type TrafficChannel } from "./traffic-rules.ts";
import { DEFAULT_SOURCES, type TrafficSource } from "./traffic-sources.ts";

/** What a visit's first event tells; every part may be absent. */
export interface VisitFacts {
	/** The page's own URL; its host tells which referrers are internal. */
	url?: string;
	referrer?: string;
	/** As received. */
	campaign?: { source?: string; medium?: string; name?: string; term?: string; content?: string };
	/** Values by query parameter. */
	clickIds?: { readonly [parameter: string]: string };
	/** Name of the in-app browser, as `readDevice` gives it. */
	userAgentApp?: string;
}

export interface Traffic {
	traffic: TrafficChannel;
	/** As received from a tag; else the source's name, or the referrer's host without `www.`; `(direct)` or `(not set)`. */
	source: string;
	/** `(none)` for direct visits, `(not set)` where a tag left it out. */
	medium: string;
	campaign?: string;
	term?: string;
	content?: string;
	clickId?: { kind: string; value: string };
	/** No source is known: neither tag nor click id nor foreign referrer nor app. */
	direct: boolean;
	rule: "campaign" | "click_id" | "referrer" | "app" | "direct";
	/** What the rule saw, for example `utm_source=google utm_medium=cpc` or `referrer m.baidu.com`. No path, no query. */
	evidence: string;
}

interface Origin {
	source: string;
	medium: string;
	rule: Traffic["rule"];
	evidence: string;
}

/** The medium that GA4 (search, AI) or its rules (the rest) give a visit without a tag. */
const MEDIUM_OF: { readonly [category in SourceCategory]: string } = {
	search: "organic",
	ai: "ai-assistant",
	email: "email",
	social: "referral",
	video: "referral",
	shopping: "referral",
	site: "referral",
};
const APP_SOURCES = new Map([
	["WeCom", "wecom"],
	["Feishu", "feishu"],
	["DingTalk", "dingtalk"],
	["Alipay", "alipay"],
	["KakaoTalk", "kakao"],
]);

/**
 * Classifies one visit.
 *
 * `utm_source` and `utm_medium` win over a click id, which wins over a referrer, which wins over the in-app browser. A click
 * id that proves no ad (`fbclid`) yields to a referrer on the lists. A tag that lacks one of the two takes it from the
 * click id, or the source from the referrer, where these agree with it; else it is `(not set)`. Unreplaced macros are no tags.
 *
 * @param sources the table to use; the same array each time, since its index is kept
 * @returns always a complete answer; nothing known is `(direct)` / `(none)`
 */
export function classifyTraffic(facts: VisitFacts, sources: readonly TrafficSource[] = DEFAULT_SOURCES): Traffic {
	const index = indexSources(sources);
	const tags = {
		source: cleanParameter(facts.campaign?.source),
		medium: cleanParameter(facts.campaign?.medium),
		campaign: cleanParameter(facts.campaign?.name),
		term: cleanParameter(facts.campaign?.term),
		content: cleanParameter(facts.campaign?.content),
	};
	const click = facts.clickIds ? findClickId(facts.clickIds) : null;
	const untagged = originWithoutTag(facts, click, index);
	const origin = applyTags(tags, untagged, index);
	const known = index.findByName(origin.source);
	return {
		traffic: findChannel({
			source: origin.source.toLowerCase(),
			medium: origin.medium.toLowerCase(),
			campaign: tags.campaign?.toLowerCase() ?? "",
			category: known?.category ?? null,
		}),
		source: origin.source,
		medium: origin.medium,
		...(tags.campaign === undefined ? {} : { campaign: tags.campaign }),
		...(tags.term === undefined ? {} : { term: tags.term }),
		...(tags.content === undefined ? {} : { content: tags.content }),
		...(click ? { clickId: { kind: click.kind, value: click.value } } : {}),
		direct: origin.rule === "direct",
		rule: origin.rule,
		evidence: origin.evidence,
	};
}

function applyTags(
	tags: { source: string | undefined; medium: string | undefined; campaign: string | undefined },
	untagged: Origin,
	index: SourceIndex,
): Origin {
	const { source, medium, campaign } = tags;
	if (source === undefined && medium === undefined) {
		// A campaign's name alone still says that somebody tagged the link.
		if (campaign === undefined || untagged.rule !== "direct") return untagged;
		return { source: "(not set)", medium: "(not set)", rule: "campaign", evidence: `utm_campaign=${campaign}` };
	}
	const evidence = [source && `utm_source=${source}`, medium && `utm_medium=${medium}`].filter(Boolean).join(" ");
	const isSame = source !== undefined && isSameSource(source, untagged.source, index);
	return {
		source: source ?? (untagged.rule === "direct" ? "(not set)" : untagged.source),
		medium: medium ?? (isSame && untagged.rule === "click_id" ? untagged.medium : "(not set)"),
		rule: "campaign",
		evidence,
	};
}

function isSameSource(a: string, b: string, index: SourceIndex): boolean {
	const known = index.findByName(a);
	return known ? known === index.findByName(b) : a.toLowerCase() === b.toLowerCase();
}

function originWithoutTag(facts: VisitFacts, click: ClickId | null, index: SourceIndex): Origin {
	const referrer = originOfReferrer(facts, index);
	const clicked = originOfClick(click);
	if (clicked && !(click?.origin?.isWeak && referrer?.isListed)) return clicked;
	if (referrer) return referrer.origin;
	if (facts.userAgentApp) {
		const source = APP_SOURCES.get(facts.userAgentApp) ?? facts.userAgentApp.toLowerCase();
		return { source, medium: "app", rule: "app", evidence: `app ${facts.userAgentApp}` };
	}
	return { source: "(direct)", medium: "(none)", rule: "direct", evidence: "no tag, click id or foreign referrer" };
}

function originOfClick(click: ClickId | null): Origin | null {
	if (!click?.origin) return null;
	return { source: click.origin.source, medium: click.origin.medium, rule: "click_id", evidence: click.parameter };
}

function originOfReferrer(facts: VisitFacts, index: SourceIndex): { origin: Origin; isListed: boolean } | null {
	const host = readHost(facts.referrer);
	if (host === null) return null;
	const own = readHost(facts.url);
	if (own !== null && isSameSite(host, own)) return null;
	const known = index.findByHost(host);
	const isListed = known !== null && known.category !== "site";
	return {
		isListed,
		origin: {
			source: isListed ? known.name : host.replace(/^www\./, ""),
			medium: known ? MEDIUM_OF[known.category] : "referral",
			rule: "referrer",
			evidence: `referrer ${host}`,
		},
	};
}

/** Lower-case host of an absolute URL (for `android-app://` the package name); null for anything else. */
export function readHost(url: string | undefined): string | null {
	const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@]+)/i.exec(url ?? "")?.[1];
	return host && host.length <= INGEST_LIMITS.hostCharsMax ? host.toLowerCase().replace(/\.$/, "") : null;
}

/**
 * Whether two hosts are of one owner, as far as the Public Suffix List knows: `shop.example.co.uk` and `pay.example.co.uk` are,
 * `one.github.io` and `two.github.io` are not. A host without a domain (an address, `localhost`) is its own alone.
 */
function isSameSite(a: string, b: string): boolean {
	return a === b || (a !== "" && siteOf(a) === siteOf(b));
}

function siteOf(host: string): string {
	return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
