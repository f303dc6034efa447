import { describe, expect, it } from "vitest";
import { classifyTraffic, readHost, type VisitFacts } from "../../collector/ingest/classify-traffic.ts";
import { cleanParameter, findClickId } from "../../collector/ingest/click-ids.ts";
import { indexSources } from "../../collector/ingest/source-index.ts";
import { TRAFFIC_CHANNELS, TRAFFIC_RULES } from "../../collector/ingest/traffic-rules.ts";
import { DEFAULT_SOURCES } from "../../collector/ingest/traffic-sources.ts";
import { CLICK_IDS } from "../../sdk/wire.ts";

const tagged = (source?: string, medium?: string, name?: string): string =>
	classifyTraffic({
		campaign: { ...(source ? { source } : {}), ...(medium ? { medium } : {}), ...(name ? { name } : {}) },
	}).traffic;

/**
 * GA4's default channel group, row by row: what each rule takes, and its nearest neighbours that another takes.
 * https://support.google.com/analytics/answer/9756891
 */
describe("GA4's default channel group", () => {
	it.each<[channel: string, source?: string | undefined, medium?: string | undefined, campaign?: string]>([
		["Direct", "(direct)", "(none)"],
		["Direct", "(direct)", "(not set)"],
		["Direct", "(Direct)", undefined],
		["Referral", "(direct)", "referral"],
		["Unassigned", "direct", "(none)"],

		["Cross-network", "google", "cpc", "Sale Cross-network 7"],
		["Cross-network", "example", "email", "cross-network"],
		["Paid Search", "google", "cpc", "cross network"],

		["Paid Shopping", "amazon", "cpc"],
		["Paid Shopping", "example", "cpc", "winter shopping"],
		["Paid Shopping", "example", "ppc", "eshop"],
		["Paid Shopping", "google", "cpc", "shop"],
		["Paid Search", "google", "cpc", "workshop"],
		["Organic Shopping", "amazon", "referral"],

		["Paid Search", "google", "cpc"],
		["Paid Search", "Baidu", "PPC"],
		["Paid Search", "bing", "paid-brand"],
		["Paid Search", "sogou", "retargeting"],
		["Paid Search", "google", "cpm"],
		["Organic Search", "google", "prepaid"],

		["Paid Social", "facebook", "cpc"],
		["Paid Social", "ig", "paidsocial"],
		["Paid Social", "小红书", "cpc"],
		["Organic Social", "facebook", "post"],

		["Paid Video", "youtube", "cpv"],
		["Paid Video", "bilibili", "paid"],
		["Organic Video", "youtube", "view"],

		["Display", "example", "display"],
		["Display", "example", "banner"],
		["Display", "google", "expandable"],
		["Display", "facebook", "interstitial"],
		["Display", "example", "cpm"],
		["Paid Other", "example", "cpm2"],
		["Unassigned", "example", "displays"],

		["Paid Other", "example", "cpc"],
		["Paid Other", "chatgpt.com", "cpc"],
		["Unassigned", "example", "ppcx"],

		["AI Assistant", "chatgpt.com", undefined],
		["AI Assistant", "claude.ai", "referral"],
		["AI Assistant", "example", "ai-assistant"],
		["Unassigned", "example", "ai"],

		["Organic Shopping", "ebay.de", "referral"],
		["Organic Shopping", "example", "email", "Shop opening"],
		["Email", "example", "email", "workshop"],

		["Organic Social", "example", "social"],
		["Organic Social", "example", "social-network"],
		["Organic Social", "example", "social-media"],
		["Organic Social", "example", "sm"],
		["Organic Social", "example", "social network"],
		["Organic Social", "example", "social media"],
		["Organic Social", "weibo", "anything"],
		["Unassigned", "example", "socials"],

		["Organic Video", "example", "promo-video-1"],
		["Organic Video", "vimeo", "referral"],
		["Unassigned", "example", "vide"],

		["Organic Search", "example", "organic"],
		["Organic Search", "google", undefined],
		["Organic Search", "baidu", "referral"],
		["Unassigned", "example", "organic-x"],

		["Referral", "example", "referral"],
		["Referral", "example", "app"],
		["Referral", "example", "link"],
		["Unassigned", "example", "links"],

		["Email", "newsletter", "email"],
		["Email", "newsletter", "e-mail"],
		["Email", "newsletter", "e_mail"],
		["Email", "newsletter", "e mail"],
		["Email", "email", undefined],
		["Email", "E-Mail", "spring"],
		["Unassigned", "newsletter", "mail"],

		["Affiliates", "partner", "affiliate"],
		["Unassigned", "partner", "affiliates"],

		["Audio", "spotify", "audio"],
		["Unassigned", "spotify", "audios"],

		["SMS", "sms", "message"],
		["SMS", "provider", "sms"],
		["Unassigned", "provider", "sms2"],

		["Mobile Push Notifications", "crm", "webpush"],
		["Mobile Push Notifications", "crm", "mobile-x"],
		["Mobile Push Notifications", "crm", "in-app notification"],
		["Mobile Push Notifications", "firebase", "x"],
		["Unassigned", "crm", "pushed"],

		["Unassigned", "example", "something"],
		["Unassigned", "example", undefined],
		["Unassigned", undefined, undefined, "spring"],
	])("%s: source %s, medium %s, campaign %s", (channel, source, medium, campaign) => {
		expect(tagged(source, medium, campaign)).toBe(channel);
	});

	it("has a rule for every channel but the last, in Google's order", () => {
		expect([...TRAFFIC_RULES.map(([channel]) => channel), "Unassigned"]).toEqual(TRAFFIC_CHANNELS);
	});
});

describe("a referrer", () => {
	const from = (referrer: string, url = "https://www.shop.cn/a") => classifyTraffic({ url, referrer });

	it.each([
		["https://www.google.com/", "google", "Organic Search"],
		["https://www.google.co.uk/", "google", "Organic Search"],
		["https://www.google.com.hk/", "google", "Organic Search"],
		["https://www.baidu.com/link?url=x", "baidu", "Organic Search"],
		["https://m.baidu.com/s?wd=x", "baidu", "Organic Search"],
		["https://www.sogou.com/", "sogou", "Organic Search"],
		["https://www.so.com/s?q=x", "360", "Organic Search"],
		["https://m.sm.cn/s?q=x", "shenma", "Organic Search"],
		["https://so.toutiao.com/search", "toutiao search", "Organic Search"],
		["https://cn.bing.com/", "bing", "Organic Search"],
		["https://yandex.ru/", "yandex", "Organic Search"],
		["android-app://com.google.android.googlequicksearchbox/", "google", "Organic Search"],
		["https://l.facebook.com/", "facebook", "Organic Social"],
		["https://t.co/abc", "x", "Organic Social"],
		["https://weibo.com/", "weibo", "Organic Social"],
		["https://mp.weixin.qq.com/s/x", "wechat", "Organic Social"],
		["https://www.zhihu.com/question/1", "zhihu", "Organic Social"],
		["https://www.xiaohongshu.com/explore", "xiaohongshu", "Organic Social"],
		["https://www.douyin.com/", "douyin", "Organic Social"],
		["https://www.kuaishou.com/", "kuaishou", "Organic Social"],
		["https://movie.douban.com/", "douban", "Organic Social"],
		["https://tieba.baidu.com/p/1", "tieba", "Organic Social"],
		["https://www.youtube.com/", "youtube", "Organic Video"],
		["https://www.bilibili.com/video/1", "bilibili", "Organic Video"],
		["https://www.amazon.co.jp/", "amazon", "Organic Shopping"],
		["https://item.taobao.com/", "taobao", "Organic Shopping"],
		["https://chatgpt.com/", "chatgpt", "AI Assistant"],
		["https://claude.ai/chat", "claude", "AI Assistant"],
		["https://gemini.google.com/app", "gemini", "AI Assistant"],
		["https://www.perplexity.ai/search", "perplexity", "AI Assistant"],
		["https://copilot.microsoft.com/", "copilot", "AI Assistant"],
		["https://www.doubao.com/chat", "doubao", "AI Assistant"],
		["https://www.kimi.com/", "kimi", "AI Assistant"],
		["https://yuanbao.tencent.com/", "yuanbao", "AI Assistant"],
		["https://chat.deepseek.com/", "deepseek", "AI Assistant"],
		["https://tongyi.aliyun.com/", "qianwen", "AI Assistant"],
		["https://www.qianwen.com/", "qianwen", "AI Assistant"],
		["https://yiyan.baidu.com/", "wenxin", "AI Assistant"],
		["https://mail.google.com/", "gmail", "Email"],
		["https://docs.google.com/document", "docs.google.com", "Referral"],
		["https://www.example.org/page", "example.org", "Referral"],
		["https://google.evil.com/", "google.evil.com", "Referral"],
		["https://notbaidu.com/", "notbaidu.com", "Referral"],
		["https://baidu.com.evil.org/", "baidu.com.evil.org", "Referral"],
		["https://user:pw@m.baidu.com:8443/x", "baidu", "Organic Search"],
	])("%s is %s, %s", (referrer, source, traffic) => {
		expect(from(referrer)).toMatchObject({ source, traffic, direct: false, rule: "referrer" });
	});

	it("names a site without a class by its host, and tells no path", () => {
		expect(from("https://www.Example.org/secret?token=1").evidence).toBe("referrer www.example.org");
	});

	it.each([
		["https://www.shop.cn/b"],
		["https://shop.cn/b"],
		["https://blog.shop.cn/"],
		["https://SHOP.cn:8080/"],
		["about:client"],
		["/relative"],
		["not a url"],
		[""],
	])("is no source when it is internal or none: %s", (referrer) => {
		expect(from(referrer)).toMatchObject({
			traffic: "Direct",
			source: "(direct)",
			medium: "(none)",
			direct: true,
			rule: "direct",
		});
	});

	it.each([
		["https://shop.cn/", "https://blog.shop.cn/"],
		["https://account.shop.cn/", "https://blog.shop.cn/"],
		["https://www.shop.co.uk/", "https://pay.shop.co.uk/"],
		["http://localhost:8000/", "http://localhost:9000/"],
		["http://127.0.0.1:8000/", "http://127.0.0.1:9000/"],
	])("of the same domain is internal, whatever stands before it: %s to %s", (referrer, url) => {
		expect(from(referrer, url).direct).toBe(true);
	});

	it.each([
		["https://other.co.uk/", "https://shop.co.uk/", "other.co.uk"],
		["https://one.github.io/", "https://two.github.io/", "one.github.io"],
		["https://one.myshopify.com/", "https://two.myshopify.com/", "one.myshopify.com"],
		["http://10.0.0.1/", "http://10.0.0.2/", "10.0.0.1"],
	])("of another owner under a public suffix is foreign: %s to %s", (referrer, url, source) => {
		expect(from(referrer, url)).toMatchObject({ source, traffic: "Referral", direct: false });
	});

	it("of a site that only ends alike is foreign", () => {
		expect(from("https://myshop.cn/", "https://shop.cn/")).toMatchObject({ source: "myshop.cn", direct: false });
	});
});

describe("what wins", () => {
	const referrer = "https://www.baidu.com/";

	it("is the tag over the click id over the referrer over the app", () => {
		const all: VisitFacts = {
			campaign: { source: "newsletter", medium: "email" },
			clickIds: { gclid: "g1" },
			referrer,
			userAgentApp: "WeChat",
		};
		const { campaign: _tag, ...untagged } = all;
		const { clickIds: _click, ...unclicked } = untagged;
		const { referrer: _referrer, ...app } = unclicked;
		expect([all, untagged, unclicked, app, {}].map((facts) => classifyTraffic(facts).rule)).toEqual([
			"campaign",
			"click_id",
			"referrer",
			"app",
			"direct",
		]);
		expect([all, untagged, unclicked, app, {}].map((facts) => classifyTraffic(facts).traffic)).toEqual([
			"Email",
			"Paid Search",
			"Organic Search",
			"Organic Social",
			"Direct",
		]);
	});

	it("tells the whole story of a tagged visit", () => {
		const campaign = { source: "Google", medium: "CPC", name: "Spring", term: "shoes", content: "a" };
		expect(classifyTraffic({ campaign, clickIds: { gclid: "g1" } })).toEqual({
			traffic: "Paid Search",
			source: "Google",
			medium: "CPC",
			campaign: "Spring",
			term: "shoes",
			content: "a",
			clickId: { kind: "google_ads", value: "g1" },
			direct: false,
			rule: "campaign",
			evidence: "utm_source=Google utm_medium=CPC",
		});
	});

	it("fills a missing medium from the click id of the same source only", () => {
		const clickIds = { gclid: "g1" };
		expect(classifyTraffic({ campaign: { source: "adwords" }, clickIds })).toMatchObject({
			medium: "cpc",
			traffic: "Paid Search",
		});
		expect(classifyTraffic({ campaign: { source: "partner" }, clickIds })).toMatchObject({ medium: "(not set)" });
		expect(classifyTraffic({ campaign: { source: "baidu" }, referrer })).toMatchObject({ medium: "(not set)" });
	});

	it("fills a missing source from the click id or the referrer", () => {
		expect(classifyTraffic({ campaign: { medium: "cpc" }, referrer })).toMatchObject({
			source: "baidu",
			traffic: "Paid Search",
		});
		expect(classifyTraffic({ campaign: { medium: "cpc" } })).toMatchObject({
			source: "(not set)",
			traffic: "Paid Other",
		});
	});

	it("lets a campaign's name alone say that a visit is not direct", () => {
		expect(classifyTraffic({ campaign: { name: "spring" } })).toMatchObject({ direct: false, source: "(not set)" });
		expect(classifyTraffic({ campaign: { name: "spring" }, referrer })).toMatchObject({
			source: "baidu",
			campaign: "spring",
		});
	});

	it("takes fbclid as Facebook, unpaid, and believes a listed referrer before it", () => {
		const clickIds = { fbclid: "f1" };
		expect(classifyTraffic({ clickIds })).toMatchObject({
			source: "facebook",
			traffic: "Organic Social",
			rule: "click_id",
		});
		expect(classifyTraffic({ clickIds, referrer: "https://l.instagram.com/" })).toMatchObject({ source: "instagram" });
		expect(classifyTraffic({ clickIds, referrer: "https://example.org/" })).toMatchObject({ source: "facebook" });
	});

	it.each([
		["WeChat", "wechat", "Organic Social"],
		["Weibo", "weibo", "Organic Social"],
		["Douyin", "douyin", "Organic Social"],
		["Xiaohongshu", "xiaohongshu", "Organic Social"],
		["QQ", "qq", "Organic Social"],
		["Bilibili", "bilibili", "Organic Video"],
		["Taobao", "taobao", "Organic Shopping"],
		["JD", "jd", "Organic Shopping"],
		["Threads", "threads", "Organic Social"],
		["KakaoTalk", "kakao", "Organic Social"],
		["Naver", "naver", "Organic Search"],
		["DingTalk", "dingtalk", "Referral"],
		["Alipay", "alipay", "Referral"],
	])("is the app, where nothing else speaks: %s", (userAgentApp, source, traffic) => {
		expect(classifyTraffic({ userAgentApp })).toMatchObject({ source, medium: "app", traffic, direct: false });
	});
});

describe("click ids", () => {
	it.each([
		["gclid", "Paid Search"],
		["wbraid", "Paid Search"],
		["dclid", "Display"],
		["msclkid", "Paid Search"],
		["bd_vid", "Paid Search"],
		["ttclid", "Paid Social"],
		["li_fat_id", "Paid Social"],
		["xhs_clickid", "Paid Social"],
		["wx_traceid", "Paid Social"],
		["ymclid", "Paid Shopping"],
		["obclid", "Paid Other"],
		["gdt_vid", "Paid Other"],
		["awc", "Affiliates"],
		["mc_eid", "Email"],
		["igshid", "Organic Social"],
	])("%s means %s", (parameter, traffic) => {
		expect(classifyTraffic({ clickIds: { [parameter]: "x1" } })).toMatchObject({ traffic, evidence: parameter });
	});

	it("all say where they come from", () => {
		for (const parameter of Object.keys(CLICK_IDS)) {
			expect(classifyTraffic({ clickIds: { [parameter]: "x1" } }).rule, parameter).toBe("click_id");
		}
	});

	it("that prove an ad win over those that do not", () => {
		expect(findClickId({ fbclid: "f", bd_vid: "b" })).toMatchObject({ kind: "baidu", value: "b" });
		expect(findClickId({})).toBeNull();
		expect(findClickId({ unknown: "x" })).toBeNull();
	});

	it.each([
		"{gclid}",
		"{{ad.id}}",
		`$${"{CLICK_ID}"}`,
		"__CLICKID__",
		"[SID]",
		"%%CLICK_ID%%",
		"<id>",
		"%7Bgclid%7D",
		" ",
		"",
	])("and tags that are unreplaced macros or blank do not count: %j", (value) => {
		expect(findClickId({ gclid: value })).toBeNull();
		expect(classifyTraffic({ campaign: { source: value, medium: value, name: value } }).direct).toBe(true);
	});

	it("and tags that only look like macros do", () => {
		for (const value of ["a{b}", "__a", "[x", "x_{gclid}_y"]) expect(cleanParameter(value)).toBe(value);
	});
});

describe("the table of sources", () => {
	it("names no host, name or alias twice", () => {
		const hosts = DEFAULT_SOURCES.flatMap((source) => source.hosts);
		const names = DEFAULT_SOURCES.flatMap((source) => [source.name, ...(source.aliases ?? [])]);
		expect(hosts.filter((host, at) => hosts.indexOf(host) !== at)).toEqual([]);
		expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
	});

	it("is all lower case, and is found by what it shows", () => {
		const index = indexSources(DEFAULT_SOURCES);
		for (const source of DEFAULT_SOURCES) {
			for (const text of [source.name, ...source.hosts, ...(source.aliases ?? [])])
				expect(text).toBe(text.toLowerCase());
			expect(index.findByName(source.name)).toBe(source);
		}
	});

	/** One host of each class of Matomo's and GA4's lists, and of what businesses in China hear from. */
	it.each([
		["https://suche.t-online.de/", "Organic Search"],
		["https://swisscows.com/", "Organic Search"],
		["https://google.cat/", "Organic Search"],
		["https://m.sm.cn/", "Organic Search"],
		["android-app://com.baidu.searchbox/", "Organic Search"],
		["https://www.xing.com/", "Organic Social"],
		["https://mixi.jp/", "Organic Social"],
		["https://blog.naver.com/", "Organic Social"],
		["https://search.naver.com/", "Organic Search"],
		["android-app://com.zhihu.android/", "Organic Social"],
		["android-app://com.xingin.xhs/", "Organic Social"],
		["https://tv.sohu.com/", "Organic Video"],
		["https://shopee.co.th/", "Organic Shopping"],
		["https://you.163.com/", "Organic Shopping"],
		["https://yuanbao.tencent.com/", "AI Assistant"],
		["https://www.kimi.com/", "AI Assistant"],
		["https://www.doubao.com/chat/", "AI Assistant"],
		["https://e.mail.ru/", "Email"],
		["https://go.mail.ru/", "Organic Search"],
		["https://my.mail.ru/", "Organic Social"],
		["https://mail.163.com/", "Email"],
	])("knows %s as %s", (referrer, traffic) => {
		expect(classifyTraffic({ url: "https://shop.example/", referrer }).traffic).toBe(traffic);
	});

	it("can be replaced by a workspace", () => {
		const sources = [{ name: "intranet", category: "search", hosts: ["find.corp"] }] as const;
		expect(classifyTraffic({ referrer: "https://find.corp/" }, sources)).toMatchObject({ traffic: "Organic Search" });
		expect(classifyTraffic({ referrer: "https://google.com/" }, sources)).toMatchObject({ traffic: "Referral" });
	});
});

describe("hostile text", () => {
	it("is read for a thousand characters, since GA4's patterns are quadratic in its length", () => {
		const long = (part: string): string => part.repeat(16_000);
		const campaign = { source: long("a."), medium: `${long("cp")}\nx`, name: `${long("shop")}\nx` };
		const traffic = classifyTraffic({ campaign, clickIds: { gclid: long("g") } });
		const read = [traffic.source, traffic.medium, traffic.campaign, traffic.clickId?.value];
		expect(read.map((text) => text?.length)).toEqual([1000, 1000, 1000, 1000]);
	});

	it("has no host", () => {
		for (const url of [undefined, "", "javascript:alert(1)", "https://", "https:///x", `https://${"a".repeat(300)}/`]) {
			expect(readHost(url)).toBeNull();
		}
	});
});
