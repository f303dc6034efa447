/** A small shop's contacts, for tests of exports and analyses: visits, calls and orders of people who differ. */

import type { WireEvent } from "../../sdk/wire.ts";
import { createRandom } from "./random.ts";

const USER_AGENT =
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
const SOURCES = ["google/cpc", "baidu/organic", "newsletter/email", ""];
export const START = Date.UTC(2026, 2, 2, 6);
const DAY_MS = 24 * 3600_000;

/** Texts that break naive writers. */
const TITLES = ['=HYPERLINK("http://x")', "春茶, 新品", 'a "quoted" title', "two\nlines", "plain"];

/** Every third person is known by userId, every fifth of those also calls; every fourth visit ends in an order. */
export function shopWeek(people: number, seed = 1): WireEvent[] {
	const random = createRandom(seed);
	const events: WireEvent[] = [];
	for (let person = 0; person < people; person++) {
		let t = START + Math.floor(random() * 7 * DAY_MS);
		const who = { anonymousId: `device-${seed}-${person}` };
		const known = person % 3 === 0 ? { userId: `customer-${seed}-${person}` } : {};
		for (let visit = 0; visit < 1 + (person % 3); visit++) {
			const [source = "", medium = ""] = (SOURCES[Math.floor(random() * SOURCES.length)] ?? "").split("/");
			const tags = source === "" ? "" : `?utm_source=${source}&utm_medium=${medium}`;
			const id = `${seed}-${person}-${visit}`;
			for (let view = 0; view < 2; view++) {
				const title = TITLES[(person + view) % TITLES.length] ?? "";
				const page = { url: `https://shop.example/p${view}${view === 0 ? tags : ""}`, path: `/p${view}`, title };
				events.push({
					type: "page",
					messageId: `view-${id}-${view}`,
					originalTimestamp: new Date(t).toISOString(),
					...who,
					...(visit > 0 ? known : {}),
					context: { page, userAgent: USER_AGENT },
				});
				t += 61_500;
			}
			if (random() < 0.25) {
				events.push({
					type: "track",
					event: "Order Completed",
					messageId: `order-${id}`,
					originalTimestamp: new Date(t).toISOString(),
					...who,
					...known,
					properties: { order_id: id, total: 19.9 + person, currency: "CNY" },
					context: { userAgent: USER_AGENT },
				});
			}
			t += Math.floor((0.1 + random()) * DAY_MS);
		}
		if (person % 15 === 0) {
			events.push({
				type: "touch",
				name: "call_completed",
				channel: "phone",
				direction: "in",
				messageId: `call-${seed}-${person}`,
				originalTimestamp: new Date(t).toISOString(),
				...known,
				durationMs: 65_000,
				outcome: { status: "completed" },
				score: { metric: "csat", value: 4, min: 1, max: 5 },
			});
		}
	}
	return events;
}
