/**
 * Where visits come from: sites by what they are, as data that a workspace may replace.
 *
 * The categories are those of GA4's default channel group, with AI assistants beside them. GA4's own
 * list is followed where it names a site (TikTok and Douban social, Youku and Bilibili video, Alibaba shopping). Here stand the
 * sources that most visits come from, with apps and aliases; `small-sources.ts` has the many small ones.
 *
 * @see https://support.google.com/analytics/answer/9756891
 */
import type { SourceCategory } from "../model.ts";
import { SMALL_SOURCES } from "./small-sources.ts";

export interface TrafficSource {
	/** The name that chains show, and one of the names that `utm_source` may carry. Lower case. */
	name: string;
	category: SourceCategory;
	/**
	 * Host suffixes, the longest match winning over all sources: `baidu.com` covers `m.baidu.com` unless `tieba.baidu.com`
	 * is listed too. A last label `*` stands for any public suffix: `google.*` covers `www.google.co.uk`.
	 */
	hosts: readonly string[];
	/** Further names in `utm_source`, lower case, compared whole. */
	aliases?: readonly string[];
}

export const DEFAULT_SOURCES: readonly TrafficSource[] = [
	// Search
	{
		name: "google",
		category: "search",
		hosts: [
			"google.*",
			"googleadservices.com",
			"googlesyndicatedsearch.com",
			"syndicatedsearch.goog",
			"com.google.android.googlequicksearchbox",
			"com.google.android.apps.searchlite",
		],
		aliases: ["adwords", "googleads", "google ads", "google_ads"],
	},
	{
		name: "bing",
		category: "search",
		hosts: ["bing.com", "cc.bingj.com", "com.microsoft.bing"],
		aliases: ["microsoft", "bingads"],
	},
	{ name: "yahoo", category: "search", hosts: ["search.yahoo.com", "search.yahoo.co.jp", "yahoo.*"] },
	{ name: "baidu", category: "search", hosts: ["baidu.com", "com.baidu.searchbox"], aliases: ["百度", "baidu_sem"] },
	{ name: "sogou", category: "search", hosts: ["sogou.com", "soso.com"], aliases: ["搜狗"] },
	{ name: "360", category: "search", hosts: ["so.com", "haosou.com", "so.360.cn"], aliases: ["so", "haosou", "360so"] },
	{ name: "shenma", category: "search", hosts: ["sm.cn", "quark.cn"], aliases: ["神马", "quark", "uc"] },
	{ name: "toutiao search", category: "search", hosts: ["so.toutiao.com"], aliases: ["toutiao_search"] },
	{ name: "duckduckgo", category: "search", hosts: ["duckduckgo.com", "com.duckduckgo.mobile.android"] },
	{ name: "yandex", category: "search", hosts: ["yandex.*", "ya.ru"] },
	{ name: "naver", category: "search", hosts: ["search.naver.com", "naver.com"] },
	{ name: "daum", category: "search", hosts: ["daum.net"] },
	{ name: "ecosia", category: "search", hosts: ["ecosia.org"] },
	{ name: "brave", category: "search", hosts: ["search.brave.com"] },
	{ name: "qwant", category: "search", hosts: ["qwant.com"] },
	{ name: "startpage", category: "search", hosts: ["startpage.com", "ixquick.com", "ixquick.de"] },
	{ name: "seznam", category: "search", hosts: ["search.seznam.cz", "seznam.cz"] },
	{ name: "ask", category: "search", hosts: ["ask.com", "ask.co.uk", "search-results.com"] },
	{ name: "aol", category: "search", hosts: ["aol.*"] },
	{ name: "coccoc", category: "search", hosts: ["coccoc.com"] },
	{ name: "kagi", category: "search", hosts: ["kagi.com"] },
	{ name: "petal", category: "search", hosts: ["petalsearch.com"] },
	{ name: "rambler", category: "search", hosts: ["rambler.ru"] },
	{ name: "mojeek", category: "search", hosts: ["mojeek.com"] },

	// Social
	{
		name: "facebook",
		category: "social",
		hosts: ["facebook.com", "fb.com", "fb.me", "com.facebook.katana", "com.facebook.lite"],
		aliases: ["fb", "meta", "facebook-ads"],
	},
	{ name: "instagram", category: "social", hosts: ["instagram.com", "com.instagram.android"], aliases: ["ig"] },
	{ name: "threads", category: "social", hosts: ["threads.net", "threads.com", "com.instagram.barcelona"] },
	{ name: "messenger", category: "social", hosts: ["messenger.com", "m.me", "com.facebook.orca"] },
	{ name: "whatsapp", category: "social", hosts: ["whatsapp.com", "wa.me", "com.whatsapp"] },
	{
		name: "x",
		category: "social",
		hosts: ["t.co", "twitter.com", "x.com", "com.twitter.android"],
		aliases: ["twitter"],
	},
	{ name: "linkedin", category: "social", hosts: ["linkedin.com", "lnkd.in", "com.linkedin.android"] },
	{ name: "pinterest", category: "social", hosts: ["pinterest.*", "pin.it", "com.pinterest"] },
	{ name: "reddit", category: "social", hosts: ["reddit.com", "redd.it", "com.reddit.frontpage"] },
	{ name: "tiktok", category: "social", hosts: ["tiktok.com", "com.zhiliaoapp.musically", "com.ss.android.ugc.trill"] },
	{ name: "snapchat", category: "social", hosts: ["snapchat.com", "com.snapchat.android"] },
	{ name: "quora", category: "social", hosts: ["quora.com", "com.quora.android"] },
	{ name: "telegram", category: "social", hosts: ["telegram.org", "telegram.me", "t.me", "org.telegram.messenger"] },
	{ name: "discord", category: "social", hosts: ["discord.com", "discord.gg", "discordapp.com", "com.discord"] },
	{ name: "tumblr", category: "social", hosts: ["tumblr.com"] },
	{ name: "vk", category: "social", hosts: ["vk.com", "vkontakte.ru"] },
	{ name: "ok.ru", category: "social", hosts: ["ok.ru", "odnoklassniki.ru"] },
	{ name: "line", category: "social", hosts: ["line.me", "jp.naver.line.android"] },
	{ name: "kakao", category: "social", hosts: ["kakao.com", "com.kakao.talk"] },
	{ name: "bluesky", category: "social", hosts: ["bsky.app"] },
	{ name: "mastodon", category: "social", hosts: ["mastodon.social"] },
	{ name: "hacker news", category: "social", hosts: ["news.ycombinator.com"], aliases: ["hackernews"] },
	{ name: "stackoverflow", category: "social", hosts: ["stackoverflow.com"] },
	{ name: "medium.com", category: "social", hosts: ["medium.com"] },
	{ name: "slack", category: "social", hosts: ["slack.com", "com.slack"] },
	{
		name: "wechat",
		category: "social",
		hosts: ["weixin.qq.com", "weixin.com", "wechat.com", "weixinbridge.com", "com.tencent.mm"],
		aliases: ["weixin", "微信", "wechat_ads"],
	},
	{
		name: "weibo",
		category: "social",
		hosts: ["weibo.com", "weibo.cn", "t.cn", "sinaurl.cn", "com.sina.weibo"],
		aliases: ["微博"],
	},
	{
		name: "qq",
		category: "social",
		hosts: ["qzone.qq.com", "qzs.qq.com", "c.pc.qq.com", "im.qq.com", "com.tencent.mobileqq"],
		aliases: ["qzone"],
	},
	{ name: "zhihu", category: "social", hosts: ["zhihu.com", "com.zhihu.android"], aliases: ["知乎"] },
	{
		name: "xiaohongshu",
		category: "social",
		hosts: ["xiaohongshu.com", "xhslink.com", "rednote.com", "com.xingin.xhs"],
		aliases: ["xhs", "小红书", "rednote"],
	},
	{
		name: "douyin",
		category: "social",
		hosts: ["douyin.com", "iesdouyin.com", "amemv.com", "com.ss.android.ugc.aweme"],
		aliases: ["抖音", "oceanengine"],
	},
	{
		name: "kuaishou",
		category: "social",
		hosts: ["kuaishou.com", "gifshow.com", "chenzhongtech.com", "com.smile.gifmaker"],
		aliases: ["快手", "kwai"],
	},
	{ name: "douban", category: "social", hosts: ["douban.com"], aliases: ["豆瓣"] },
	{ name: "tieba", category: "social", hosts: ["tieba.baidu.com"], aliases: ["贴吧"] },
	{ name: "toutiao", category: "social", hosts: ["toutiao.com"], aliases: ["今日头条"] },
	{ name: "jike", category: "social", hosts: ["okjike.com"] },
	{ name: "csdn", category: "social", hosts: ["csdn.net"] },
	{ name: "juejin", category: "social", hosts: ["juejin.cn"] },
	{ name: "v2ex", category: "social", hosts: ["v2ex.com"] },

	// Video
	{
		name: "youtube",
		category: "video",
		hosts: ["youtube.com", "youtu.be", "com.google.android.youtube"],
		aliases: ["yt"],
	},
	{ name: "vimeo", category: "video", hosts: ["vimeo.com"] },
	{ name: "twitch", category: "video", hosts: ["twitch.tv"] },
	{ name: "dailymotion", category: "video", hosts: ["dailymotion.com"] },
	{ name: "netflix", category: "video", hosts: ["netflix.com"] },
	{ name: "hulu", category: "video", hosts: ["hulu.com"] },
	{ name: "disneyplus", category: "video", hosts: ["disneyplus.com"] },
	{ name: "wistia", category: "video", hosts: ["wistia.com", "wistia.net"] },
	{ name: "niconico", category: "video", hosts: ["nicovideo.jp"] },
	{ name: "ted", category: "video", hosts: ["ted.com"] },
	{
		name: "bilibili",
		category: "video",
		hosts: ["bilibili.com", "b23.tv", "tv.danmaku.bili"],
		aliases: ["b站", "哔哩哔哩"],
	},
	{ name: "youku", category: "video", hosts: ["youku.com"], aliases: ["优酷"] },
	{ name: "iqiyi", category: "video", hosts: ["iqiyi.com"], aliases: ["爱奇艺"] },
	{ name: "tencent video", category: "video", hosts: ["v.qq.com"], aliases: ["腾讯视频"] },
	{ name: "ixigua", category: "video", hosts: ["ixigua.com"], aliases: ["西瓜视频"] },

	// Shopping
	{ name: "amazon", category: "shopping", hosts: ["amazon.*"] },
	{ name: "ebay", category: "shopping", hosts: ["ebay.*"] },
	{ name: "etsy", category: "shopping", hosts: ["etsy.com"] },
	{ name: "walmart", category: "shopping", hosts: ["walmart.com"] },
	{ name: "shopify", category: "shopping", hosts: ["shopify.com", "shop.app"], aliases: ["igshopping"] },
	{
		name: "google shopping",
		category: "shopping",
		hosts: ["shopping.google.com"],
		aliases: ["google-shopping", "googleshopping", "shopping"],
	},
	{ name: "mercadolibre", category: "shopping", hosts: ["mercadolibre.*", "mercadolivre.com.br"] },
	{ name: "rakuten", category: "shopping", hosts: ["rakuten.*"] },
	{ name: "aliexpress", category: "shopping", hosts: ["aliexpress.com"] },
	{ name: "alibaba", category: "shopping", hosts: ["alibaba.com", "1688.com"] },
	{ name: "taobao", category: "shopping", hosts: ["taobao.com", "com.taobao.taobao"], aliases: ["淘宝"] },
	{ name: "tmall", category: "shopping", hosts: ["tmall.com", "tmall.hk"], aliases: ["天猫"] },
	{ name: "jd", category: "shopping", hosts: ["jd.com", "jd.hk", "com.jingdong.app.mall"], aliases: ["京东"] },
	{ name: "pinduoduo", category: "shopping", hosts: ["pinduoduo.com", "yangkeduo.com"], aliases: ["拼多多", "pdd"] },
	{ name: "vipshop", category: "shopping", hosts: ["vip.com"], aliases: ["唯品会"] },
	{ name: "dewu", category: "shopping", hosts: ["dewu.com"], aliases: ["得物"] },
	{ name: "smzdm", category: "shopping", hosts: ["smzdm.com"], aliases: ["什么值得买"] },
	{ name: "yandex_market", category: "shopping", hosts: ["market.yandex.ru"] },

	// AI assistants
	{ name: "chatgpt", category: "ai", hosts: ["chatgpt.com", "openai.com", "com.openai.chatgpt"], aliases: ["openai"] },
	{ name: "claude", category: "ai", hosts: ["claude.ai", "claude.com", "anthropic.com", "com.anthropic.claude"] },
	{
		name: "gemini",
		category: "ai",
		hosts: ["gemini.google.com", "bard.google.com", "com.google.android.apps.bard"],
		aliases: ["bard"],
	},
	{ name: "notebooklm", category: "ai", hosts: ["notebooklm.google.com"] },
	{ name: "perplexity", category: "ai", hosts: ["perplexity.ai", "ai.perplexity.app.android"] },
	{
		name: "copilot",
		category: "ai",
		hosts: [
			"copilot.microsoft.com",
			"copilot.com",
			"edgeservices.bing.com",
			"copilot.cloud.microsoft",
			"com.microsoft.copilot",
		],
	},
	{ name: "grok", category: "ai", hosts: ["grok.com", "x.ai"] },
	{ name: "meta ai", category: "ai", hosts: ["meta.ai"] },
	{ name: "mistral", category: "ai", hosts: ["mistral.ai"] },
	{ name: "poe", category: "ai", hosts: ["poe.com"] },
	{ name: "you.com", category: "ai", hosts: ["you.com"] },
	{ name: "phind", category: "ai", hosts: ["phind.com"] },
	{ name: "duck.ai", category: "ai", hosts: ["duck.ai"] },
	{ name: "deepseek", category: "ai", hosts: ["deepseek.com", "com.deepseek.chat"] },
	{ name: "doubao", category: "ai", hosts: ["doubao.com", "com.larus.nova"], aliases: ["豆包"] },
	{
		name: "kimi",
		category: "ai",
		hosts: ["kimi.com", "kimi.ai", "moonshot.cn", "com.moonshot.kimichat"],
		aliases: ["moonshot"],
	},
	{
		name: "yuanbao",
		category: "ai",
		hosts: ["yuanbao.tencent.com", "yb.tencent.com", "com.tencent.hunyuan.app.chat"],
		aliases: ["腾讯元宝", "元宝"],
	},
	{
		name: "qianwen",
		category: "ai",
		hosts: ["tongyi.aliyun.com", "tongyi.com", "qianwen.com", "qwen.ai", "qianwen.aliyun.com"],
		aliases: ["tongyi", "qwen", "通义", "通义千问", "千问"],
	},
	{
		name: "wenxin",
		category: "ai",
		hosts: ["yiyan.baidu.com", "chat.baidu.com", "wenxin.baidu.com", "ai.baidu.com"],
		aliases: ["yiyan", "ernie", "文心一言"],
	},
	{ name: "zhipu", category: "ai", hosts: ["chatglm.cn", "z.ai", "zhipuai.cn"], aliases: ["chatglm", "智谱"] },
	{ name: "minimax", category: "ai", hosts: ["minimax.io", "minimaxi.com", "hailuoai.com"] },
	{ name: "nami", category: "ai", hosts: ["n.cn", "bot.n.cn"] },
	{ name: "metaso", category: "ai", hosts: ["metaso.cn"], aliases: ["秘塔"] },
	{ name: "spark", category: "ai", hosts: ["xinghuo.xfyun.cn"], aliases: ["讯飞星火"] },

	// Webmail: a click in a mail, even where nobody tagged the link
	{
		name: "gmail",
		category: "email",
		hosts: ["mail.google.com", "com.google.android.gm", "com.google.android.gm.lite"],
	},
	{
		name: "outlook",
		category: "email",
		hosts: [
			"outlook.live.com",
			"outlook.office.com",
			"outlook.office365.com",
			"outlook.com",
			"com.microsoft.office.outlook",
		],
	},
	{
		name: "yahoo mail",
		category: "email",
		hosts: ["mail.yahoo.com", "mail.yahoo.co.jp", "com.yahoo.mobile.client.android.mail"],
	},
	{ name: "yandex mail", category: "email", hosts: ["mail.yandex.ru", "mail.yandex.com"] },
	{ name: "qq mail", category: "email", hosts: ["mail.qq.com", "exmail.qq.com", "com.tencent.androidqqmail"] },
	{
		name: "netease mail",
		category: "email",
		hosts: ["mail.163.com", "mail.126.com", "mail.yeah.net", "qiye.163.com", "com.netease.mail"],
	},

	// Sites under a listed host that are none of its class
	{
		name: "google sites",
		category: "site",
		hosts: [
			"docs.google.com",
			"drive.google.com",
			"sites.google.com",
			"accounts.google.com",
			"meet.google.com",
			"calendar.google.com",
			"classroom.google.com",
			"translate.google.com",
			"groups.google.com",
			"play.google.com",
		],
	},
	...SMALL_SOURCES,
	{ name: "baidu sites", category: "site", hosts: ["pan.baidu.com", "map.baidu.com", "fanyi.baidu.com"] },
];
