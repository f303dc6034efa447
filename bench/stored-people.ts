/**
 * A store for measurements: people with two visits each, days apart, sent to the real local collector. A folder
 * that already holds one is used again, since filling takes minutes.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { postBatch } from "../test/support/api.ts";
import { type RunningCollector, settle, startCollector } from "../test/support/collector.ts";
import { createRandom } from "../test/support/random.ts";

const TOUCHES_EACH = 6;
const VISIT_TOUCHES = 3;
const BATCH_EVENTS = 480;
const SETTLE_MS_MAX = 1_800_000;
const DAY_MS = 24 * 3600_000;

const SOURCES = [
	["google", "cpc"],
	["baidu", "cpc"],
	["wechat", "social"],
	["newsletter", "email"],
	["google", "organic"],
	["partner.example", "referral"],
	["douyin", "video"],
	["", ""],
] as const;

export interface StoredPeople {
	collector: RunningCollector;
	readKey: string;
}

/**
 * @param folder kept; absent: a fresh one, removed by the collector's `stop`
 * @param touchpoints about so many; what a folder has is not added to
 */
export async function openStoredPeople(touchpoints: number, folder?: string): Promise<StoredPeople> {
	const collector = await startCollector({
		env: { BACKLOG_EVENTS_MAX: "10000000" },
		...(folder === undefined ? {} : { dataDir: folder }),
	});
	// Beside the data, never in it: what is filled by halves has none.
	const keyFile = folder === undefined ? undefined : `${folder.replace(/\/+$/, "")}.read-key`;
	if (keyFile !== undefined && existsSync(keyFile)) return { collector, readKey: readFileSync(keyFile, "utf8") };
	if (collector.keys.secret === "") throw new Error(`${folder} holds data of which no read key lies in ${keyFile}`);
	const startMs = performance.now();
	let batch = [];
	for (const event of createPeople(touchpoints)) {
		batch.push(event);
		if (batch.length < BATCH_EVENTS) continue;
		await postBatch(collector.url, collector.keys.secret, batch);
		batch = [];
	}
	if (batch.length > 0) await postBatch(collector.url, collector.keys.secret, batch);
	await settle(collector.url, collector.keys.read, SETTLE_MS_MAX);
	console.log(`filled in ${Math.round((performance.now() - startMs) / 1000)} s`);
	if (keyFile !== undefined) writeFileSync(keyFile, collector.keys.read);
	return { collector, readKey: collector.keys.read };
}

/** A touch a minute within a visit; three in ten people buy at the end. */
function* createPeople(touchpoints: number) {
	const random = createRandom(5);
	for (let person = 0; person * TOUCHES_EACH < touchpoints; person++) {
		let t = Date.UTC(2026, 0, 1) + Math.floor(random() * 200) * DAY_MS + Math.floor(random() * DAY_MS);
		for (let touch = 0; touch < TOUCHES_EACH; touch++) {
			const isOrder = touch === TOUCHES_EACH - 1 && random() < 0.3;
			const [source, medium] = SOURCES[Math.floor(random() * SOURCES.length)] ?? ["", ""];
			const tags = source === "" ? "" : `?utm_source=${source}&utm_medium=${medium}&utm_campaign=c${touch}`;
			const page = { url: `https://shop.example/p${touch}${tags}`, path: `/p${touch}`, title: `Page ${touch}` };
			yield {
				type: isOrder ? ("track" as const) : ("page" as const),
				messageId: `m-${person}-${touch}`,
				anonymousId: `device-${person}`,
				originalTimestamp: new Date(t).toISOString(),
				...(isOrder
					? { event: "Order Completed", properties: { order_id: `${person}`, total: 10, currency: "CNY" } }
					: {}),
				context: { page, userAgent: "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36" },
			};
			t += touch === VISIT_TOUCHES - 1 ? Math.floor((0.1 + random() * 9) * DAY_MS) : 60_000;
		}
	}
}
