/**
 * Visits as the script sends them: devices that come one to five times within a week, 8 to 20 events a visit in batches of
 * up to ten, UUIDv7 ids, a page's reading time beside its view, one device in ten with a login in one of its
 * visits. From a seed, so that two builds are given the same.
 */

const DAY_MS = 24 * 3_600_000;
/** A public key may send no older events than of 8 days. */
const AGE_DAYS_MAX = 7;
const BATCH_EVENTS = 10;
const LOGIN_SHARE = 0.1;
const REFERRERS = ["https://www.google.com/", "", "https://www.baidu.com/", "https://m.weibo.cn/"];
const CAMPAIGN = "?utm_source=newsletter&utm_medium=email&utm_campaign=spring";
const PAGES = ["Home", "Teapots", "A teapot with two cups", "Green tea of the first harvest", "Cart", "Checkout"];
const SURROUNDINGS = {
	locale: "zh-CN",
	timezone: "Asia/Shanghai",
	screen: { width: 1920, height: 1080, density: 2 },
	consent: "granted",
};

/** Mulberry32. @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md (public domain) */
function createRandom(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
	};
}

export interface VisitBatch {
	body: string;
	events: number;
	/** The device whose visit it is. */
	anonymousId: string;
}

/** Without end; a device's batches come in the order of time. */
export function* createVisits(seed: number, now: number): Generator<VisitBatch> {
	const random = createRandom(seed);
	const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join("");
	const uuid = (at: number) => {
		const time = at.toString(16).padStart(12, "0");
		return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-a${hex(3)}-${hex(12)}`;
	};
	for (let person = 0; ; person++) {
		const visits = 1 + random(5);
		const firstAt = now - (1 + random(AGE_DAYS_MAX - 1)) * DAY_MS;
		const anonymousId = uuid(firstAt);
		const loginVisit = random(1 / LOGIN_SHARE) === 0 ? random(visits) : visits;
		for (let visit = 0; visit < visits; visit++) {
			const events = createVisit(random, uuid, {
				at: firstAt + visit * 4 * 3_600_000,
				anonymousId,
				tab: hex(8),
				userId: visit > loginVisit ? `user-${seed}-${person}` : undefined,
				login: visit === loginVisit ? `user-${seed}-${person}` : undefined,
			});
			for (let from = 0; from < events.length; from += BATCH_EVENTS) {
				const batch = events.slice(from, from + BATCH_EVENTS);
				yield { body: JSON.stringify({ batch }), events: batch.length, anonymousId };
			}
		}
	}
}

interface Visit {
	at: number;
	anonymousId: string;
	tab: string;
	userId: string | undefined;
	/** Logs in half-way. */
	login: string | undefined;
}

function createVisit(random: (below: number) => number, uuid: (at: number) => string, visit: Visit): object[] {
	const size = 8 + random(13);
	const events: object[] = [];
	let { at, userId } = visit;
	let viewId = "";
	let rev = 0;
	let page: { url: string; path: string; title: string; referrer: string } = {
		url: "",
		path: "",
		title: "",
		referrer: "",
	};
	for (let index = 0; index < size; index++) {
		at += 2_000 + random(40_000);
		const step = index % 4;
		if (step === 0) {
			const path = `/shop/${random(400)}`;
			const query = index === 0 && random(5) === 0 ? CAMPAIGN : "";
			const referrer = index === 0 ? (REFERRERS[random(REFERRERS.length)] as string) : page.url;
			page = { url: `https://www.shop.example${path}${query}`, path, title: PAGES[random(6)] as string, referrer };
			viewId = uuid(at);
			rev = 0;
		}
		const shown = {
			viewId,
			engagedMs: random(60_000),
			visibleMs: 60_000 + random(60_000),
			scrollDepth: random(100) / 100,
		};
		const said =
			step === 0
				? { type: "page", properties: page }
				: step === 1
					? { type: "track", event: "Page Engaged", properties: { ...shown, rev: ++rev } }
					: step === 2
						? {
								type: "track",
								event: "Link Clicked",
								properties: { url: `${page.url}#more`, kind: "internal", text: "More" },
							}
						: {
								type: "track",
								event: "Product Viewed",
								properties: { product_id: `p${random(900)}`, price: random(90_000) / 100 },
							};
		const isLogin = visit.login !== undefined && index === size >> 1;
		if (isLogin) userId = visit.login;
		events.push({
			messageId: uuid(at),
			anonymousId: visit.anonymousId,
			...(userId && { userId }),
			...(isLogin ? { type: "identify", traits: { email: `${userId}@mail.example` } } : said),
			originalTimestamp: new Date(at).toISOString(),
			context: {
				...SURROUNDINGS,
				page,
				strand: { device: visit.anonymousId, tab: visit.tab, seq: index + 1, version: "0.1.0", viewId },
			},
		});
	}
	return events;
}
