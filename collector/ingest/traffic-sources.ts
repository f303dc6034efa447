/**
 * Where visits come from: sites by what they are, as data that a workspace may replace.
 *
 * The categories are those of GA4's default channel group, with AI assistants beside them. GA4's own
 * list is followed where it names a site (TikTok and Douban social, Youku and Bilibili video, Alibaba shopping); the idea of
 * search engines and social networks by host follows Matomo's CC0 lists.
 *
 * @see https://support.google.com/analytics/answer/9756891
 * @see https://github.com/matomo-org/searchengine-and-social-list
 */

/** `site`: no class of its own, listed so that a wider entry does not claim it (webmail under a search engine's name). */
export type SourceCategory = "search" | "social" | "video" | "shopping" | "ai" | "email" | "site";

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
		hosts: ["google.*", "googleadservices.com", "syndicatedsearch.goog", "com.google.android.googlequicksearchbox"],
		aliases: ["adwords", "googleads", "google ads", "google_ads"],
	},
	{ name: "bing", category: "search", hosts: ["bing.com"], aliases: ["microsoft", "bingads"] },
	{ name: "yahoo", category: "search", hosts: ["search.yahoo.com", "search.yahoo.co.jp", "yahoo.*"] },
	{ name: "baidu", category: "search", hosts: ["baidu.com"], aliases: ["百度", "baidu_sem"] },
	{ name: "sogou", category: "search", hosts: ["sogou.com"], aliases: ["搜狗"] },
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
	{ name: "startpage", category: "search", hosts: ["startpage.com"] },
	{ name: "seznam", category: "search", hosts: ["search.seznam.cz", "seznam.cz"] },
	{ name: "ask", category: "search", hosts: ["ask.com"] },
	{ name: "aol", category: "search", hosts: ["search.aol.com", "aol.com"] },
	{ name: "coccoc", category: "search", hosts: ["coccoc.com"] },
	{ name: "kagi", category: "search", hosts: ["kagi.com"] },
	{ name: "petal", category: "search", hosts: ["petalsearch.com"] },
	{ name: "rambler", category: "search", hosts: ["rambler.ru"] },
	{ name: "mojeek", category: "search", hosts: ["mojeek.com"] },

	// Social
	{
		name: "facebook",
		category: "social",
		hosts: ["facebook.com", "fb.com", "fb.me", "com.facebook.katana"],
		aliases: ["fb", "meta", "facebook-ads"],
	},
	{ name: "instagram", category: "social", hosts: ["instagram.com", "com.instagram.android"], aliases: ["ig"] },
	{ name: "threads", category: "social", hosts: ["threads.net", "threads.com"] },
	{ name: "messenger", category: "social", hosts: ["messenger.com", "m.me"] },
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
	{ name: "tiktok", category: "social", hosts: ["tiktok.com"] },
	{ name: "snapchat", category: "social", hosts: ["snapchat.com"] },
	{ name: "quora", category: "social", hosts: ["quora.com"] },
	{ name: "telegram", category: "social", hosts: ["telegram.org", "telegram.me", "t.me", "org.telegram.messenger"] },
	{ name: "discord", category: "social", hosts: ["discord.com", "discord.gg"] },
	{ name: "tumblr", category: "social", hosts: ["tumblr.com"] },
	{ name: "vk", category: "social", hosts: ["vk.com", "vkontakte.ru"] },
	{ name: "ok.ru", category: "social", hosts: ["ok.ru"] },
	{ name: "line", category: "social", hosts: ["line.me"] },
	{ name: "kakao", category: "social", hosts: ["kakao.com", "story.kakao.com"] },
	{ name: "bluesky", category: "social", hosts: ["bsky.app"] },
	{ name: "mastodon", category: "social", hosts: ["mastodon.social"] },
	{ name: "hacker news", category: "social", hosts: ["news.ycombinator.com"], aliases: ["hackernews"] },
	{ name: "stackoverflow", category: "social", hosts: ["stackoverflow.com"] },
	{ name: "medium.com", category: "social", hosts: ["medium.com"] },
	{ name: "slack", category: "social", hosts: ["slack.com"] },
	{
		name: "wechat",
		category: "social",
		hosts: ["weixin.qq.com", "weixin.com", "wechat.com", "weixinbridge.com", "com.tencent.mm"],
		aliases: ["weixin", "微信", "wechat_ads"],
	},
	{ name: "weibo", category: "social", hosts: ["weibo.com", "weibo.cn", "t.cn", "sinaurl.cn"], aliases: ["微博"] },
	{
		name: "qq",
		category: "social",
		hosts: ["qzone.qq.com", "qzs.qq.com", "c.pc.qq.com", "im.qq.com"],
		aliases: ["qzone"],
	},
	{ name: "zhihu", category: "social", hosts: ["zhihu.com"], aliases: ["知乎"] },
	{
		name: "xiaohongshu",
		category: "social",
		hosts: ["xiaohongshu.com", "xhslink.com", "rednote.com"],
		aliases: ["xhs", "小红书", "rednote"],
	},
	{
		name: "douyin",
		category: "social",
		hosts: ["douyin.com", "iesdouyin.com", "amemv.com"],
		aliases: ["抖音", "oceanengine"],
	},
	{
		name: "kuaishou",
		category: "social",
		hosts: ["kuaishou.com", "gifshow.com", "chenzhongtech.com"],
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
	{ name: "bilibili", category: "video", hosts: ["bilibili.com", "b23.tv"], aliases: ["b站", "哔哩哔哩"] },
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
		aliases: ["google-shopping", "googleshopping"],
	},
	{ name: "mercadolibre", category: "shopping", hosts: ["mercadolibre.*", "mercadolivre.com.br"] },
	{ name: "rakuten", category: "shopping", hosts: ["rakuten.*"] },
	{ name: "aliexpress", category: "shopping", hosts: ["aliexpress.com"] },
	{ name: "alibaba", category: "shopping", hosts: ["alibaba.com", "1688.com"] },
	{ name: "taobao", category: "shopping", hosts: ["taobao.com"], aliases: ["淘宝"] },
	{ name: "tmall", category: "shopping", hosts: ["tmall.com", "tmall.hk"], aliases: ["天猫"] },
	{ name: "jd", category: "shopping", hosts: ["jd.com", "jd.hk"], aliases: ["京东"] },
	{ name: "pinduoduo", category: "shopping", hosts: ["pinduoduo.com", "yangkeduo.com"], aliases: ["拼多多", "pdd"] },
	{ name: "vipshop", category: "shopping", hosts: ["vip.com"], aliases: ["唯品会"] },
	{ name: "dewu", category: "shopping", hosts: ["dewu.com"], aliases: ["得物"] },
	{ name: "smzdm", category: "shopping", hosts: ["smzdm.com"], aliases: ["什么值得买"] },
	{ name: "yandex_market", category: "shopping", hosts: ["market.yandex.ru"] },

	// AI assistants
	{ name: "chatgpt", category: "ai", hosts: ["chatgpt.com", "openai.com", "com.openai.chatgpt"], aliases: ["openai"] },
	{ name: "claude", category: "ai", hosts: ["claude.ai", "anthropic.com"] },
	{ name: "gemini", category: "ai", hosts: ["gemini.google.com", "bard.google.com"], aliases: ["bard"] },
	{ name: "notebooklm", category: "ai", hosts: ["notebooklm.google.com"] },
	{ name: "perplexity", category: "ai", hosts: ["perplexity.ai"] },
	{
		name: "copilot",
		category: "ai",
		hosts: ["copilot.microsoft.com", "copilot.com", "edgeservices.bing.com", "copilot.cloud.microsoft"],
	},
	{ name: "grok", category: "ai", hosts: ["grok.com", "x.ai"] },
	{ name: "meta ai", category: "ai", hosts: ["meta.ai"] },
	{ name: "mistral", category: "ai", hosts: ["mistral.ai"] },
	{ name: "poe", category: "ai", hosts: ["poe.com"] },
	{ name: "you.com", category: "ai", hosts: ["you.com"] },
	{ name: "phind", category: "ai", hosts: ["phind.com"] },
	{ name: "duck.ai", category: "ai", hosts: ["duck.ai"] },
	{ name: "deepseek", category: "ai", hosts: ["deepseek.com"] },
	{ name: "doubao", category: "ai", hosts: ["doubao.com"], aliases: ["豆包"] },
	{ name: "kimi", category: "ai", hosts: ["kimi.com", "kimi.ai", "kimi.moonshot.cn", "moonshot.cn"] },
	{ name: "yuanbao", category: "ai", hosts: ["yuanbao.tencent.com"], aliases: ["腾讯元宝", "元宝"] },
	{
		name: "qianwen",
		category: "ai",
		hosts: ["tongyi.aliyun.com", "tongyi.com", "qianwen.com", "qwen.ai", "qianwen.aliyun.com"],
		aliases: ["tongyi", "qwen", "通义", "通义千问", "千问"],
	},
	{
		name: "wenxin",
		category: "ai",
		hosts: ["yiyan.baidu.com", "chat.baidu.com", "wenxin.baidu.com"],
		aliases: ["yiyan", "ernie", "文心一言"],
	},
	{ name: "zhipu", category: "ai", hosts: ["chatglm.cn", "z.ai", "zhipuai.cn"], aliases: ["chatglm", "智谱"] },
	{ name: "minimax", category: "ai", hosts: ["minimax.io", "minimaxi.com", "hailuoai.com"] },
	{ name: "nami", category: "ai", hosts: ["n.cn", "bot.n.cn"] },
	{ name: "metaso", category: "ai", hosts: ["metaso.cn"], aliases: ["秘塔"] },
	{ name: "spark", category: "ai", hosts: ["xinghuo.xfyun.cn"], aliases: ["讯飞星火"] },

	// Webmail: a click in a mail, even where nobody tagged the link
	{ name: "gmail", category: "email", hosts: ["mail.google.com", "com.google.android.gm"] },
	{
		name: "outlook",
		category: "email",
		hosts: ["outlook.live.com", "outlook.office.com", "outlook.office365.com", "outlook.com"],
	},
	{ name: "yahoo mail", category: "email", hosts: ["mail.yahoo.com", "mail.yahoo.co.jp"] },
	{ name: "yandex mail", category: "email", hosts: ["mail.yandex.ru", "mail.yandex.com"] },
	{ name: "qq mail", category: "email", hosts: ["mail.qq.com", "exmail.qq.com"] },
	{ name: "netease mail", category: "email", hosts: ["mail.163.com", "mail.126.com"] },

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
	{ name: "baidu sites", category: "site", hosts: ["pan.baidu.com", "map.baidu.com", "fanyi.baidu.com"] },
];
