/**
 * User agent → device family, browser and operating system, coarse on purpose: families that people recognise,
 * no versions, nothing that would tell two visitors apart. A table of our own because in-app browsers
 * of Chinese apps matter here and the libraries that know them are larger or not freely licensed.
 */
import type { Added } from "../model.ts";

export type Device = Required<Pick<Added, "deviceFamily" | "browser" | "os">>;

/** First match wins: apps before the engines that they embed, and browsers before those that they imitate. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
	["WeCom", /wxwork\//i],
	["WeChat", /MicroMessenger\//i],
	["DingTalk", /DingTalk/i],
	["Feishu", /\b(?:Lark|Feishu)\//i],
	["Alipay", /AlipayClient|AliApp\(AP\//i],
	["Taobao", /AliApp\(TB\//i],
	["JD", /\bjdapp;/i],
	["Weibo", /Weibo/i],
	["Douyin", /aweme|Douyin/i],
	["Toutiao", /NewsArticle|TTWebView.*Toutiao/i],
	["Xiaohongshu", /xhsdiscover|XiaoHongShu|\bdiscover\/\d/i],
	["Kuaishou", /Kwai|Kuaishou|ksNebula/i],
	["Bilibili", /BiliApp|bili-(?:android|universal)|BiliIos/i],
	["Zhihu", /ZhihuHybrid|osee2unifiedRelease/i],
	["TikTok", /musical_ly|BytedanceWebview|TikTok/i],
	["QQ", /\bQQ\/\d/i],
	["QQ Browser", /MQQBrowser|QQBrowser/i],
	["Baidu", /baiduboxapp|baidubrowser/i],
	["Threads", /\bBarcelona \d/],
	["KakaoTalk", /KAKAOTALK/],
	["Naver", /NAVER\(inapp/],
	["Facebook", /FBAN\/|FBAV\/|FB_IAB\//i],
	["Instagram", /Instagram/i],
	["Pinterest", /\[?Pinterest\//i],
	["LinkedIn", /LinkedInApp/i],
	["Snapchat", /Snapchat/i],
	["X", /Twitter(?: for|Android)/i],
	["LINE", /\bLine\/\d/i],
	["UC Browser", /UCBrowser|UCWEB/i],
	["Quark", /Quark\//i],
	["Huawei Browser", /HuaweiBrowser/i],
	["Mi Browser", /MiuiBrowser/i],
	["Samsung Internet", /SamsungBrowser/i],
	["360", /QihooBrowser|360SE|360EE/i],
	["Edge", /\bEdg(?:e|A|iOS)?\//],
	["Opera", /\bOPR\/|Opera/],
	["Yandex", /YaBrowser/],
	["Vivaldi", /Vivaldi/],
	["Firefox", /Firefox\/|FxiOS\//],
	["Chrome", /Chrome\/|CriOS\/|Chromium\//],
	["Safari", /Version\/[\d.]+.*Safari\/|(?:iPhone|iPad|Macintosh).*AppleWebKit/],
	["Internet Explorer", /MSIE |Trident\//],
];

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
	["HarmonyOS", /HarmonyOS|OpenHarmony/i],
	["Android", /Android/i],
	["iOS", /iPhone|iPad|iPod|\biOS\b/],
	["Windows", /Windows/i],
	["ChromeOS", /\bCrOS\b/],
	["macOS", /Macintosh|Mac OS X|macOS/],
	["Linux", /Linux|X11/],
];

/** In-app browsers, by the name that {@link readDevice} gives them: a visit without a referrer comes from the app. */
export const APP_BROWSERS: ReadonlySet<string> = new Set([
	"WeCom",
	"WeChat",
	"DingTalk",
	"Feishu",
	"Alipay",
	"Taobao",
	"JD",
	"Weibo",
	"Douyin",
	"Toutiao",
	"Xiaohongshu",
	"Kuaishou",
	"Bilibili",
	"Zhihu",
	"TikTok",
	"QQ",
	"Threads",
	"KakaoTalk",
	"Naver",
	"Facebook",
	"Instagram",
	"Pinterest",
	"LinkedIn",
	"Snapchat",
	"X",
	"LINE",
]);

/**
 * Reads one user agent. Unknown parts are `other`.
 *
 * An iPad that asks for desktop pages says Macintosh and cannot be told from one.
 *
 * @param userAgent not empty; its length bounds the work
 * @returns `deviceFamily` is `desktop`, `mobile`, `tablet`, `tv` or `other`
 */
export function readDevice(userAgent: string): Device {
	const os = firstMatch(SYSTEMS, userAgent);
	return { deviceFamily: readFamily(userAgent, os), browser: firstMatch(BROWSERS, userAgent), os };
}

function readFamily(userAgent: string, os: string): string {
	if (/SMART-?TV|SmartTV|AppleTV|Apple TV|GoogleTV|BRAVIA|HbbTV|Web0S|\bTV\b/i.test(userAgent)) return "tv";
	// Android says Mobile on telephones and leaves it out on tablets.
	if (/iPad|Tablet|PlayBook|Kindle/i.test(userAgent)) return "tablet";
	if (/Android/i.test(userAgent) && !/Mobile/i.test(userAgent)) return "tablet";
	if (/Mobi|iPhone|iPod|Android|HarmonyOS|Phone/i.test(userAgent)) return "mobile";
	return os === "other" ? "other" : "desktop";
}

function firstMatch(table: typeof BROWSERS, userAgent: string): string {
	return table.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? "other";
}
