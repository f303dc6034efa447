import { describe, expect, it } from "vitest";
import { acceptEvents } from "../../collector/ingest/accept-events.ts";
import { readDevice } from "../../collector/ingest/device.ts";
import { INGEST_LIMITS } from "../../collector/ingest/limits.ts";
import type { Trust } from "../../collector/model.ts";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S9080) AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME = `${WINDOWS} Chrome/141.0.0.0 Safari/537.36`;
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

describe("reading a user agent", () => {
	it.each([
		[CHROME, "desktop", "Chrome", "Windows"],
		[`${CHROME} Edg/141.0.0.0`, "desktop", "Edge", "Windows"],
		[`${CHROME} OPR/120.0.0.0`, "desktop", "Opera", "Windows"],
		["Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "desktop", "Firefox", "Linux"],
		[
			"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
			"desktop",
			"Chrome",
			"ChromeOS",
		],
		[
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
			"desktop",
			"Safari",
			"macOS",
		],
		[`${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, "mobile", "Safari", "iOS"],
		[`${IPHONE} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1`, "mobile", "Chrome", "iOS"],
		[`${IPHONE} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, "mobile", "Firefox", "iOS"],
		[
			"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
			"tablet",
			"Safari",
			"iOS",
		],
		[`${ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36`, "mobile", "Chrome", "Android"],
		[
			"Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
			"tablet",
			"Chrome",
			"Android",
		],
		[`${ANDROID} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`, "mobile", "Samsung Internet", "Android"],
		[
			"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1 Mobile HuaweiBrowser/5.0",
			"mobile",
			"Huawei Browser",
			"HarmonyOS",
		],
		[
			"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36",
			"tv",
			"Safari",
			"Linux",
		],
		[
			`${IPHONE} Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN`,
			"mobile",
			"WeChat",
			"iOS",
		],
		[
			`${ANDROID} Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160 MicroMessenger/8.0.49 WeChat/arm64`,
			"mobile",
			"WeChat",
			"Android",
		],
		[`${IPHONE} Mobile/15E148 wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh`, "mobile", "WeCom", "iOS"],
		[`${IPHONE} Mobile/15E148 Weibo (iPhone15,2__weibo__14.6.0__iphone__os17.5)`, "mobile", "Weibo", "iOS"],
		[
			`${ANDROID} Chrome/116.0.0.0 Mobile Safari/537.36 aweme_300000 JsSdk/1.0 NetType/WIFI`,
			"mobile",
			"Douyin",
			"Android",
		],
		[`${IPHONE} Mobile/15E148 xhsdiscover/8.40 (iPhone)`, "mobile", "Xiaohongshu", "iOS"],
		[`${ANDROID} Chrome/116.0.0.0 Mobile Safari/537.36 AlipayClient/10.6.0`, "mobile", "Alipay", "Android"],
		[
			`${IPHONE} Mobile/15E148 AliApp(DingTalk/7.5.0) com.laiwang.DingTalk/3 Channel/201200`,
			"mobile",
			"DingTalk",
			"iOS",
		],
		[`${ANDROID} Chrome/116.0.0.0 MQQBrowser/6.2 Mobile Safari/537.36 QQ/9.0.60.17095`, "mobile", "QQ", "Android"],
		[`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.0;FBBV/1]`, "mobile", "Facebook", "iOS"],
		[`${IPHONE} Mobile/15E148 Instagram 340.0.0.0 (iPhone15,2; iOS 17_5; en_US)`, "mobile", "Instagram", "iOS"],
		[`jdapp;iPhone;13.2.8;;;M/5.0;appBuild/169370;${IPHONE} Mobile/15E148;supportJDSHWK/1`, "mobile", "JD", "iOS"],
		[`${IPHONE} Mobile/15E148 Barcelona 289.0.0.13.109 (iPhone15,2; iOS 17_5)`, "mobile", "Threads", "iOS"],
		[`${ANDROID} Chrome/116.0.0.0 Mobile Safari/537.36 KAKAOTALK 10.4.5`, "mobile", "KakaoTalk", "Android"],
		[`${IPHONE} Mobile/15E148 NAVER(inapp; search; 2000; 12.6.1; 15)`, "mobile", "Naver", "iOS"],
		[`${IPHONE} Mobile/15E148 Safari Line/14.8.0`, "mobile", "LINE", "iOS"],
		[
			`${ANDROID} Chrome/116.0.0.0 Mobile Safari/537.36 musical_ly_2023400040 BytedanceWebview/d8a21c6`,
			"mobile",
			"TikTok",
			"Android",
		],
		["curl/8.5.0", "other", "other", "other"],
	])("%s", (userAgent, deviceFamily, browser, os) => {
		expect(readDevice(userAgent)).toEqual({ deviceFamily, browser, os });
	});
});

describe("enriching an event", () => {
	const add = (event: object, trust: Trust, userAgent?: string, edge: { country?: string; city?: string } = {}) =>
		acceptEvents([{ type: "page", ...event }], { receivedAt: 1.8e12, trust, userAgent, ...edge }).accepted[0]?.added;

	it("reads the header of a browser, and where the edge saw it", () => {
		expect(add({}, "public", CHROME, { country: "CN", city: "Shanghai" })).toEqual({
			deviceFamily: "desktop",
			browser: "Chrome",
			os: "Windows",
			country: "CN",
			city: "Shanghai",
		});
	});

	it("flags robots, and only them", () => {
		expect(add({}, "public", GOOGLEBOT)).toMatchObject({ bot: true });
		expect(add({}, "public", "facebookexternalhit/1.1 (Bot)")).toMatchObject({ bot: true });
		expect(add({}, "public", CHROME)).not.toHaveProperty("bot");
		expect(add({}, "public", `${IPHONE} Mobile/15E148 MicroMessenger/8.0.49`)).not.toHaveProperty("bot");
	});

	it.each(["python-requests/2.32", "curl/8.5.0", "node", "okhttp/4.12", "Go-http-client/2.0"])(
		"takes the header %s for a program that reports on somebody, not for a robot's visit",
		(program) => {
			expect(add({}, "public", program)).toEqual({});
			expect(add({ context: { userAgent: program } }, "public", CHROME)).toMatchObject({ bot: true });
		},
	);

	it("never takes a server's program or place for the customer's", () => {
		expect(add({}, "server", "python-requests/2.32", { country: "US", city: "Ashburn" })).toEqual({});
		expect(add({ context: { userAgent: CHROME } }, "server", "python-requests/2.32")).toMatchObject({
			browser: "Chrome",
		});
		expect(add({ context: { userAgent: GOOGLEBOT } }, "server", "axios/1.7")).toMatchObject({ bot: true });
	});

	it.each(["@segment/analytics-node", "analytics-node", "analytics-python", "Analytics.NET", "rudder-analytics-ruby"])(
		"takes %s for a server under any key",
		(name) => {
			expect(add({ context: { library: { name } } }, "public", "axios/1.7", { country: "US" })).toEqual({});
		},
	);

	it.each(["analytics.js", "RudderLabs JavaScript SDK", "analytics-ios", "java"])(
		"does not take %s for a server",
		(name) => {
			const context = { library: { name } };
			expect(add({ context }, "public", GOOGLEBOT, { country: "US" })).toMatchObject({ bot: true, country: "US" });
		},
	);

	it("believes context.userAgent before the header", () => {
		expect(add({ context: { userAgent: CHROME } }, "public", "okhttp/4.12")).toEqual({
			deviceFamily: "desktop",
			browser: "Chrome",
			os: "Windows",
		});
	});

	it("knows an app by the device that it describes, whatever its HTTP library", () => {
		const context = { device: { type: "ios" }, os: { name: "iOS", version: "17.5" } };
		expect(add({ context }, "public", "Shop/1 CFNetwork/1496.0.7 Darwin/23.5.0")).toEqual({
			deviceFamily: "mobile",
			os: "iOS",
		});
	});

	it("knows nothing where nothing is said", () => {
		expect(add({}, "public")).toEqual({});
		expect(add({ context: { userAgent: 7 } }, "public", "")).toEqual({});
	});

	it("answers the same when more user agents came by than it remembers", () => {
		for (let n = 0; n <= INGEST_LIMITS.userAgentCacheMax; n++) add({}, "public", `Agent/${n} Googlebot`);
		expect(add({}, "public", "Agent/0 Googlebot")).toMatchObject({ bot: true });
		expect(add({}, "public", CHROME)).toMatchObject({ browser: "Chrome" });
	});
});
