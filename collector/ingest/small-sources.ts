/**
 * Sources with a small or regional share, one a line: `name: host host…`. Search engines and networks follow Matomo's lists (CC0),
 * without those that are gone; video, shopping and AI are what GA4's rules call so. Hosts as in `traffic-sources.ts`.
 *
 * @see https://github.com/matomo-org/searchengine-and-social-list
 */
import type { SourceCategory } from "../model.ts";
import type { TrafficSource } from "./traffic-sources.ts";

const LISTS: { readonly [category in Exclude<SourceCategory, "site">]: string } = {
	search: `
		1und1: suche.1und1.de
		abv: search.abv.bg
		alice: rechercher.aliceadsl.fr
		auone: search.auone.jp
		avast: search.avast.com
		avg: search.avg.com isearch.avg.com
		avira: search.avira.com search.avira.net safesearch.avira.com
		babylon: search.babylon.com isearch.babylon.com
		biglobe: search.biglobe.ne.jp
		bluewin: search.bluewin.ch
		bt: search.bt.com
		centrum.cz: centrum.cz
		comcast: search.comcast.net
		conduit: search.conduit.com
		delfi: otsing.delfi.ee smart.delfi.lv
		disconnect: search.disconnect.me
		docomo: search.smt.docomo.ne.jp
		dogpile: dogpile.com
		earthlink: search.earthlink.net
		eniro: eniro.se
		entireweb: entireweb.com
		exalead: exalead.com exalead.fr
		excite: excite.*
		f-secure: search.f-secure.com
		fireball: fireball.de fireball.com
		free.fr: search.free.fr
		freenet: suche.freenet.de
		gibiru: gibiru.com
		gigablast: gigablast.com
		gmx: suche.gmx.net search.gmx.com
		goo: search.goo.ne.jp
		hao123: hao123.com
		hotbot: hotbot.com
		info.com: info.com
		infospace: infospace.com
		izito: izito.*
		kvasir: kvasir.no
		laban: laban.vn
		lilo: lilo.org
		lycos: lycos.*
		mail.ru: go.mail.ru
		mamma: mamma.com
		meta.ua: meta.ua
		metacrawler: metacrawler.com metacrawler.de
		metager: metager.de metager.org
		msn: msn.com
		mysearch: mysearch.com search.myway.com search.mywebsearch.com
		najdi: najdi.si
		nate: nate.com
		neti: neti.ee
		netscape: search-intl.netscape.com
		nifty: search.nifty.com
		oceanhero: oceanhero.today
		onet: szukaj.onet.pl onet.pl
		orange: lemoteur.orange.fr busca.orange.es
		presearch: presearch.com presearch.org
		rakuten search: websearch.rakuten.co.jp
		sapo: pesquisa.sapo.pt
		search.ch: search.ch
		search.com: search.com
		searchlock: searchlock.com
		so-net: so-net.ne.jp
		sputnik: sputnik.ru
		startsiden: startsiden.no
		swisscows: swisscows.com swisscows.ch
		t-online: suche.t-online.de
		terra: buscador.terra.es buscador.terra.cl buscador.terra.com.br
		tiscali: search.tiscali.it
		toile: toile.com
		tut.by: search.tut.by
		ukr.net: search.ukr.net
		uol: busca.uol.com.br
		virgilio: ricerca.virgilio.it
		voila: voila.fr
		volny: web.volny.cz
		walla: search.walla.co.il
		web.de: suche.web.de
		webcrawler: webcrawler.com
		wp.pl: szukaj.wp.pl
		yam: search.yam.com
		yep: yep.com
		yippy: yippy.com
		zapmeta: zapmeta.*
		zhongsou: zhongsou.com
		zoznam: zoznam.sk
		zum: zum.com`,
	social: `
		ameba: ameblo.jp
		badoo: badoo.com
		band: band.us
		bebo: bebo.com
		behance: behance.net
		blackplanet: blackplanet.com
		blogger: blogger.com blogspot.*
		classmates: classmates.com
		cyworld: cyworld.com
		dcard: dcard.tw
		deviantart: deviantart.com
		digg: digg.com
		disqus: disqus.com
		dribbble: dribbble.com
		fetlife: fetlife.com
		flickr: flickr.com flic.kr
		fotolog: fotolog.com
		foursquare: foursquare.com
		gab: gab.com
		gaia online: gaiaonline.com
		geni: geni.com
		goodreads: goodreads.com
		gree: gree.jp
		habbo: habbo.com
		hatena: b.hatena.ne.jp
		hi5: hi5.com
		hupu: hupu.com
		imgur: imgur.com
		jianshu: jianshu.com
		lang-8: lang-8.com
		last.fm: last.fm
		livejournal: livejournal.com livejournal.ru
		lofter: lofter.com
		maimai: maimai.cn
		mastodon.online: mastodon.online mstdn.social mstdn.jp mas.to fosstodon.org
		meetup: meetup.com
		meinvz: meinvz.net studivz.net
		mixi: mixi.jp
		my.mail.ru: my.mail.ru
		myheritage: myheritage.*
		myspace: myspace.com
		naver blog: blog.naver.com cafe.naver.com
		nextdoor: nextdoor.*
		nk: nk.pl
		orkut: orkut.com
		pixnet: pixnet.net
		plurk: plurk.com
		ptt: ptt.cc
		renren: renren.com
		skyrock: skyrock.com
		slashdot: slashdot.org
		sonico: sonico.com
		stackexchange: stackexchange.com
		stumbleupon: stumbleupon.com
		tagged: tagged.com
		taringa: taringa.net
		truth social: truthsocial.com
		tuenti: tuenti.com
		viadeo: viadeo.com
		viber: viber.com
		wordpress: wordpress.com
		xanga: xanga.com
		xing: xing.com
		xueqiu: xueqiu.com
		yammer: yammer.com
		yelp: yelp.*
		zalo: zalo.me`,
	video: `
		acfun: acfun.cn
		bitchute: bitchute.com
		crackle: crackle.com
		curiositystream: curiositystream.com
		d.tube: d.tube
		douyu: douyu.com
		huya: huya.com
		mgtv: mgtv.com
		odysee: odysee.com
		rumble: rumble.com
		rutube: rutube.ru
		sohu video: tv.sohu.com
		veoh: veoh.com`,
	shopping: `
		allegro: allegro.*
		bol: bol.com
		cdiscount: cdiscount.com
		coupang: coupang.com
		flipkart: flipkart.com
		idealo: idealo.*
		lazada: lazada.*
		noon: noon.com
		otto: otto.de
		ozon: ozon.ru
		shein: shein.*
		shopee: shopee.*
		suning: suning.com
		temu: temu.com
		trendyol: trendyol.com
		weidian: weidian.com
		wildberries: wildberries.ru
		yanxuan: you.163.com
		youzan: youzan.com
		zalando: zalando.*`,
	ai: `
		andi: andisearch.com
		baichuan: ying.baichuan-ai.com baichuan-ai.com
		character.ai: character.ai
		chat+: chatplus.com chat-gpt.org
		consensus: consensus.app
		coze: coze.cn coze.com
		felo: felo.ai
		genspark: genspark.ai
		iask: iask.ai
		jasper: jasper.ai
		komo: komo.ai
		lmarena: lmarena.ai
		manus: manus.im
		monica: monica.im
		pi: pi.ai
		sensechat: chat.sensetime.com
		stepfun: stepfun.com yuewen.cn
		tiangong: tiangong.cn`,
	email: `
		aliyun mail: mail.aliyun.com qiye.aliyun.com
		aol mail: mail.aol.com
		daum mail: mail.daum.net
		gmx mail: deref-gmx.net deref-gmx.com
		mail.ru mail: e.mail.ru
		naver mail: mail.naver.com
		proton mail: mail.proton.me
		seznam mail: email.seznam.cz
		sina mail: mail.sina.com.cn mail.sina.cn
		sohu mail: mail.sohu.com
		web.de mail: deref-web.de
		zoho mail: mail.zoho.com mail.zoho.eu mail.zoho.com.cn`,
};

export const SMALL_SOURCES: readonly TrafficSource[] = Object.entries(LISTS).flatMap(([category, lines]) =>
	lines
		.trim()
		.split("\n")
		.map((line) => {
			const [name = "", hosts = ""] = line.trim().split(": ");
			return { name, category: category as SourceCategory, hosts: hosts.split(" ") };
		}),
);
