import { describe, expect, it } from "vitest";
import { readCampaign } from "../../collector/ingest/read-campaign.ts";
import type { JsonObject } from "../../sdk/wire.ts";

const read = (context: JsonObject, properties: JsonObject = {}, browser = "Chrome") =>
	readCampaign({ sent: { type: "page", messageId: "m", context, properties }, added: { browser } });

describe("reading where a visit came from", () => {
	it("finds tags, click ids and referrer in the page's URL and context", () => {
		const url =
			"https://shop.cn/a?utm_source=baidu&utm_medium=cpc&utm_campaign=%E6%98%A5&utm_term=t+1&utm_content=c&bd_vid=b1&x=1#utm_source=no";
		expect(read({ page: { url, referrer: "https://www.baidu.com/" } })).toEqual({
			url,
			referrer: "https://www.baidu.com/",
			campaign: { source: "baidu", medium: "cpc", name: "春", term: "t 1", content: "c" },
			clickIds: { bd_vid: "b1" },
		});
	});

	it("reads properties where the context has no page", () => {
		expect(read({}, { url: "https://shop.cn/?utm_source=a", referrer: "https://b.cn/" })).toEqual({
			url: "https://shop.cn/?utm_source=a",
			referrer: "https://b.cn/",
			campaign: { source: "a" },
		});
	});

	it("lets context.campaign and context.clickIds win, part by part", () => {
		const page = { url: "https://shop.cn/?utm_source=url&utm_medium=email&gclid=g1" };
		expect(
			read({ page, campaign: { source: "said", name: "n" }, clickIds: { gclid: "g2", nonsense: "x" } }),
		).toMatchObject({
			campaign: { source: "said", medium: "email", name: "n" },
			clickIds: { gclid: "g2" },
		});
	});

	it("reads the page's search where its URL has no query", () => {
		expect(read({ page: { url: "https://shop.cn/", search: "?utm_source=a" } })).toMatchObject({
			campaign: { source: "a" },
		});
		expect(read({ page: { url: "https://shop.cn/?utm_source=b", search: "?utm_source=a" } })).toMatchObject({
			campaign: { source: "b" },
		});
	});

	it("takes our own script at its word: an address that it left alone says nothing again", () => {
		const url = "https://shop.cn/?utm_source=url&gclid=g1";
		const strand = { tab: "t", seq: 1, version: "0.1.0" };
		expect(read({ page: { url }, strand })).toEqual({ url });
		expect(read({ page: { url }, strand, campaign: { source: "a" } })).toEqual({ url, campaign: { source: "a" } });
	});

	it("reads Segment's context.referrer", () => {
		expect(read({ referrer: { url: "https://b.cn/" } })).toEqual({ referrer: "https://b.cn/" });
	});

	it("names the app that shows the page, and no ordinary browser", () => {
		expect(read({}, {}, "WeChat")).toEqual({ userAgentApp: "WeChat" });
		expect(read({}, {}, "Chrome")).toEqual({});
	});

	it("passes over what has the wrong shape or does not decode", () => {
		expect(read({ page: "x", campaign: [], clickIds: 7, referrer: 1 }, { url: 5, referrer: {} })).toEqual({});
		expect(read({ campaign: { source: 1, medium: "" }, clickIds: { gclid: null } })).toEqual({});
		expect(read({ page: { url: "https://shop.cn/?utm_source=%E0%A4%A&gclid" } }).campaign?.source).toBeDefined();
	});
});
