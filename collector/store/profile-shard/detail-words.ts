/**
 * What details have in common, for the dictionary of detail-codec.ts: what is seldom first, then how people came, then whole visits, since nearer
 * matches cost fewer bits. Of what comes with other words only: each byte more is passed over with each piece that is read. IT IS PART
 * OF THE FORMAT.
 */
import { ByteWriter } from "../compact-bytes.ts";
import { shorten } from "../shorthand.ts";

const utf8 = new TextEncoder();

const SELDOM = [
	'"scoreMetric":"nps","scoreValue":,"scoreMin":0,"scoreMax":10,"place":"","text":"","causedBy":"',
	'"traits":[{"key":"name","value":"","t":17,"m":"\x01v"},{"key":"email","value":"@example.com"',
	'"channel":"phone","type":"call_completed","direction":"in","online":false,"automation":"human","effective":true,"evidence":["',
	'"participants":[{"role":"staff","ref":"","name":"',
	'"outcomeStatus":"completed","durationMs":',
	'"channel":"email","type":"email_clicked","direction":"out","online":true,"objectKind":"email","objectRef":"',
	'"channel":"store","type":"store_visited","channel":"wechat","channel":"chat","type":"chat_message_sent"',
	'"channel":"shop","type":"order_completed","direction":"in","online":true,"automation":"human","effective":true,"evidence":["',
	'"objectKind":"order","objectRef":"","valueAmount":,"valueCurrency":"CNY","valueKind":"order","stage":"purchase","conversion":"order_completed"',
	'"objectKind":"product","objectRef":"","objectTitle":"","stage":"consideration"',
	'"type":"form_submitted","type":"link_clicked","objectKind":"outbound","type":"product_viewed","signals":{"',
	'"clickIdKind":"google_ads","clickIdValue":"',
	'"pageReferrer":"https://www.google.com/",',
].join("");

/** Of form 5. */
export const DETAIL_WORDS_BEFORE = utf8.encode(
	[
		SELDOM,
		'"deviceFamily":"mobile","bot":true,"deviceFamily":"desktop","stage":"awareness","sessionId":"',
		'"traffic":"Direct","channelRule":"direct","channelRuleEvidence":"no source"',
		'"traffic":"Organic Search","source":"google","medium":"organic","channelRule":"referrer","channelRuleEvidence":"www.google.com"',
		'"traffic":"Paid Search","source":"google","medium":"cpc","campaign":"","channelRule":"campaign","channelRuleEvidence":"utm_source=google utm_medium=cpc"',
		'"engagedMs":,"visibleMs":,"scrollDepth":0.',
		'"vouched":[0,1,2],"parts":[],"identities":[{"kind":"userId","value":"","kind":"email","kind":"phone","hash":"","firstAt":17,"messageId":"\x010',
		'{"profileId":"","viewIds":["\x01v",null,null,"\x01v",null,null],"viewRevs":[1,0,0,1,0,0],"entries":[true,false,false,false,false],"parts":[],"identities":[{"kind":"anonymousId","value":"\x01v","hash":"","firstAt":1795388711194,"messageId":"\x01?"}],"traits":[],"events":,"firstAt":17,"lastAt":17}',
		'{"id":"\x01v.","profileId":"","timestamp":"\x01t","channel":"web","type":"page_viewed","direction":"in","online":true,"automation":"human","effective":true,"evidence":["\x010"],"pageUrl":"https://www.","pagePath":"/","pageTitle":"","objectKind":"link","objectRef":"","objectTitle":"","deviceFamily":"desktop","stage":"awareness","sessionId":"","traffic":"Direct","direct":true,"channelRule":"direct","engagedMs":,"visibleMs":,"scrollDepth":0.25}\n{"id":"\x01v.","profileId":"","timestamp":"\x01t","channel":"web","type":"page_viewed","direction":"in","online":true,"automation":"human","effective":false,"evidence":["\x010","\x01v"],"pageUrl":"https://www.","pagePath":"/","pageTitle":"","pageReferrer":"https://www.","deviceFamily":"desktop","stage":"awareness","sessionId":"","traffic":"',
	].join(""),
);

const AT = Date.UTC(2026, 0, 1);

const uuid = (number: number): string => `019b7600-0000-7000-8000-0000000000${String(number).padStart(2, "0")}`;

/** How somebody came: what every touchpoint of a visit says of it. */
type Origin = { direct?: true; traffic: string; source: string; medium: string; campaign?: string } & Rule;
interface Rule {
	channelRule: string;
	channelRuleEvidence: string;
}

function referred(traffic: string, source: string, medium: string, host: string): Origin {
	return { traffic, source, medium, channelRule: "referrer", channelRuleEvidence: `referrer ${host}` };
}

function tagged(traffic: string, source: string, medium: string, campaign: string): Origin {
	const channelRuleEvidence = `utm_source=${source} utm_medium=${medium}`;
	return { traffic, source, medium, campaign, channelRule: "campaign", channelRuleEvidence };
}

const DIRECT: Origin = {
	direct: true,
	traffic: "Direct",
	source: "(direct)",
	medium: "(none)",
	channelRule: "direct",
	channelRuleEvidence: "no tag, click id or foreign referrer",
};
const GOOGLE = referred("Organic Search", "google", "organic", "www.google.com");

const OTHER_ORIGINS: readonly Origin[] = [
	referred("AI Assistant", "chatgpt.com", "referral", "chatgpt.com"),
	referred("Referral", "www.example.org", "referral", "www.example.org"),
	referred("Organic Social", "weibo", "referral", "m.weibo.cn"),
	referred("Organic Search", "bing", "organic", "www.bing.com"),
	referred("Organic Search", "baidu", "organic", "www.baidu.com"),
	tagged("Paid Search", "google", "cpc", "brand"),
	tagged("Email", "newsletter", "email", "spring"),
	DIRECT,
];

const SHOWN = { engagedMs: 15_000, visibleMs: 63_000, scrollDepth: 0.25 };

/** Lines of a visit's touchpoints and the rest of its piece, as stored-detail.ts writes them. */
function visit(origin: Origin, deviceFamily: string, referrer: string | undefined): string {
	let ids = 0;
	const line = (
		type: string,
		effective: boolean,
		reports: number,
		about: object,
		stage: string,
		shown: object,
	): string => {
		const messageId = uuid(++ids);
		const timestamp = new Date(AT).toISOString();
		const acted = { direction: "in", online: true, automation: "human", effective };
		const evidence = [messageId, ...Array.from({ length: reports }, () => uuid(++ids))];
		const id = `${messageId}.`;
		const what = { id, profileId: "", timestamp, channel: "web", type, ...acted, evidence };
		return JSON.stringify({ ...what, ...about, deviceFamily, stage, sessionId: "", ...origin, ...shown });
	};
	const page = (path: string, title: string) => {
		return { pageUrl: `https://www.example.com${path}`, pagePath: path, pageTitle: title };
	};
	const [home, product] = [page("/", "Home"), page("/products/1", "Products")];
	const link = { objectKind: "link", objectRef: "https://www.example.com/#", objectTitle: "" };
	const bought = { objectKind: "product", objectRef: "p1" };
	const rest = {
		profileId: "",
		viewIds: [uuid(20), null, null, uuid(21), null, null, uuid(22), null, null, uuid(23)],
		viewRevs: [1, 0, 0, 1, 0, 0, 1, 0, 0, 1],
		entries: [true, ...Array.from({ length: 9 }, () => false)],
		parts: [],
		identities: [{ kind: "anonymousId", value: uuid(30), hash: "", firstAt: 17, messageId: uuid(1) }],
		traits: [],
		events: 12,
		firstAt: 17,
	};
	return [
		line("page_viewed", true, 1, { ...home, pageReferrer: referrer }, "awareness", SHOWN),
		line("link_clicked", true, 0, { ...home, ...link }, "awareness", {}),
		line("product_viewed", true, 0, { ...product, ...bought }, "consideration", {}),
		line("page_viewed", false, 1, { ...product, pageReferrer: "https://www.example.com/" }, "awareness", SHOWN),
		JSON.stringify(rest),
	].join("\n");
}

function words(text: string): string {
	return shorten(text, new ByteWriter());
}

export const DETAIL_WORDS = utf8.encode(
	[
		SELDOM,
		'"vouched":[0,1,2],"parts":[],"identities":[{"kind":"userId","value":"","kind":"email","kind":"phone","hash":"","firstAt":17,"messageId":"\x010',
		...OTHER_ORIGINS.map((origin) =>
			words(JSON.stringify({ deviceFamily: "mobile", stage: "awareness", sessionId: "", ...origin, ...SHOWN })),
		),
		words(visit(GOOGLE, "desktop", "https://www.google.com/")),
	].join(""),
);
