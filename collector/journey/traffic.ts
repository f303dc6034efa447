/**
 * Where a visit came from. The class is the session's: it is taken from the session's first touchpoint
 * on the web or in an app, and every further one carries it, as in GA4. A page that a *new* campaign
 * (another utm set or click id) brings inside a running session does not end it, again as in GA4, but
 * that view carries its own facts and counts as an entry, so that the second campaign is not lost to
 * attribution. A new referrer alone inside a session changes nothing: returning from a payment page, a
 * mail reader or a search is one visit.
 */
import type { LoggedEvent, Touchpoint } from "../model.ts";
import { compact } from "./fields.ts";
import type { Rules } from "./rules.ts";

/** What an event says of where its visit came from, as the ingest room reads it. */
export interface CampaignFacts {
	url?: string | undefined;
	referrer?: string | undefined;
	campaign?: { [field: string]: string | undefined } | undefined;
	clickIds?: { readonly [parameter: string]: string | undefined } | undefined;
	/** Name of the in-app browser. */
	userAgentApp?: string | undefined;
}

/** The ingest room's verdict on such facts. */
export interface TrafficClass {
	traffic: string;
	source?: string | undefined;
	medium?: string | undefined;
	campaign?: string | undefined;
	term?: string | undefined;
	content?: string | undefined;
	clickId?: { kind: string; value: string } | undefined;
	direct: boolean;
	rule: string;
	evidence: string;
}

/** The fields of a touchpoint that a visit's source fills; JSON-able. */
export type TrafficFacts = Pick<
	Touchpoint,
	"direct" | "traffic" | "source" | "medium" | "campaign" | "term" | "content" | "clickId" | "channelRule"
>;

export interface TrafficReader<Facts extends CampaignFacts = CampaignFacts> {
	readCampaign(event: LoggedEvent): Facts;
	classify(facts: Facts): TrafficClass;
}

/** Classifies an event that opens a visit; a referral from an internal, payment or sign-on host is none. */
export function readTraffic<Facts extends CampaignFacts>(
	event: LoggedEvent,
	rules: Rules,
	reader: TrafficReader<Facts>,
): TrafficFacts {
	return classifyFacts(reader.readCampaign(event), rules, reader);
}

/**
 * The campaign that an event inside a running visit carries. Only tags and click ids are looked at, and
 * unreplaced macros are none, so that what is left without them is no campaign.
 *
 * @returns its facts and key; null where there is none
 */
export function readCampaignTouch<Facts extends CampaignFacts>(
	event: LoggedEvent,
	rules: Rules,
	reader: TrafficReader<Facts>,
): { facts: TrafficFacts; key: string } | null {
	const campaign = reader.readCampaign(event);
	if (!isFilled(campaign.campaign) && !isFilled(campaign.clickIds)) return null;
	const facts = classifyFacts({ ...campaign, referrer: undefined, userAgentApp: undefined }, rules, reader);
	return facts.direct === true ? null : { facts, key: campaignKeyOf(facts) };
}

/** Equal for two arrivals by the same campaign and click. */
function campaignKeyOf(facts: TrafficFacts): string {
	return JSON.stringify([
		facts.source,
		facts.medium,
		facts.campaign,
		facts.term,
		facts.content,
		facts.clickId?.kind,
		facts.clickId?.value,
	]);
}

function classifyFacts<Facts extends CampaignFacts>(
	facts: Facts,
	rules: Rules,
	reader: TrafficReader<Facts>,
): TrafficFacts {
	const host = facts.referrer === undefined ? undefined : URL.parse(facts.referrer)?.hostname;
	const found = reader.classify(
		host !== undefined && rules.isNoSource(host) ? { ...facts, referrer: undefined } : facts,
	);
	return (
		compact<TrafficFacts>({
			direct: found.direct ? true : undefined,
			traffic: found.traffic,
			source: found.source,
			medium: found.medium,
			campaign: found.campaign,
			term: found.term,
			content: found.content,
			clickId: found.clickId,
			channelRule: { rule: found.rule, evidence: found.evidence },
		}) ?? {}
	);
}

function isFilled(fields: { readonly [name: string]: string | undefined } | undefined): boolean {
	return fields !== undefined && Object.values(fields).some((value) => value !== undefined && value !== "");
}
