/**
 * GA4's default channel group for manual traffic, whole and in Google's order: the first rule that
 * matches names the channel. Case is ignored, as Google states.
 *
 * `AI Assistant` (in GA4 since May 2026: medium `ai-assistant`, set by GA4 itself for the referrers that it knows) stands
 * before the organic rules. Ours also takes a source on the AI list without a paid medium, because assistants tag their links
 * with `utm_source` alone (ChatGPT does), which GA4 leaves unassigned.
 *
 * @see https://support.google.com/analytics/answer/9756891
 */
import type { SourceCategory } from "../model.ts";

/** Lower-case facts that the rules look at. */
export interface TrafficFacts {
	source: string;
	medium: string;
	campaign: string;
	/** What the source is, null where no list knows it. */
	category: SourceCategory | null;
}

export const TRAFFIC_CHANNELS = [
	"Direct",
	"Cross-network",
	"Paid Shopping",
	"Paid Search",
	"Paid Social",
	"Paid Video",
	"Display",
	"Paid Other",
	"AI Assistant",
	"Organic Shopping",
	"Organic Social",
	"Organic Video",
	"Organic Search",
	"Referral",
	"Email",
	"Affiliates",
	"Audio",
	"SMS",
	"Mobile Push Notifications",
	"Unassigned",
] as const;
export type TrafficChannel = (typeof TRAFFIC_CHANNELS)[number];

const SHOPPING_CAMPAIGN = /^(.*(([^a-df-z]|^)shop|shopping).*)$/;
const PAID_MEDIUM = /^(.*cp.*|ppc|retargeting|paid.*)$/;
const EMAIL = /^(email|e-mail|e_mail|e mail)$/;
const SOCIAL_MEDIUM = /^(social|social-network|social-media|sm|social network|social media)$/;
const DISPLAY_MEDIUM = /^(display|banner|expandable|interstitial|cpm)$/;

const isPaid = ({ medium }: TrafficFacts): boolean => PAID_MEDIUM.test(medium);
const isShopping = ({ category, campaign }: TrafficFacts): boolean =>
	category === "shopping" || SHOPPING_CAMPAIGN.test(campaign);

/** Every channel but `Unassigned`, in order of trial. */
export const TRAFFIC_RULES: readonly (readonly [channel: TrafficChannel, matches: (facts: TrafficFacts) => boolean])[] =
	[
		["Direct", ({ source, medium }) => source === "(direct)" && (medium === "(not set)" || medium === "(none)")],
		["Cross-network", ({ campaign }) => campaign.includes("cross-network")],
		["Paid Shopping", (facts) => isShopping(facts) && isPaid(facts)],
		["Paid Search", (facts) => facts.category === "search" && isPaid(facts)],
		["Paid Social", (facts) => facts.category === "social" && isPaid(facts)],
		["Paid Video", (facts) => facts.category === "video" && isPaid(facts)],
		["Display", ({ medium }) => DISPLAY_MEDIUM.test(medium)],
		["Paid Other", isPaid],
		["AI Assistant", ({ category, medium }) => category === "ai" || medium === "ai-assistant"],
		["Organic Shopping", isShopping],
		["Organic Social", ({ category, medium }) => category === "social" || SOCIAL_MEDIUM.test(medium)],
		["Organic Video", ({ category, medium }) => category === "video" || medium.includes("video")],
		["Organic Search", ({ category, medium }) => category === "search" || medium === "organic"],
		["Referral", ({ medium }) => medium === "referral" || medium === "app" || medium === "link"],
		["Email", ({ source, medium }) => EMAIL.test(source) || EMAIL.test(medium)],
		["Affiliates", ({ medium }) => medium === "affiliate"],
		["Audio", ({ medium }) => medium === "audio"],
		["SMS", ({ source, medium }) => source === "sms" || medium === "sms"],
		[
			"Mobile Push Notifications",
			({ source, medium }) =>
				medium.endsWith("push") ||
				medium.includes("mobile") ||
				medium.includes("notification") ||
				source === "firebase",
		],
	];

/** The first channel whose rule matches, else `Unassigned`. */
export function findChannel(facts: TrafficFacts): TrafficChannel {
	return TRAFFIC_RULES.find(([, matches]) => matches(facts))?.[0] ?? "Unassigned";
}
