/** The leaves: clock, ids, addresses, campaign facts, batches, pace and options. */
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { readCampaign } from "../../sdk/capture/campaign.ts";
import { backoffMs, paceMs, REQUESTS_A_MINUTE_MAX, retryAfterMs } from "../../sdk/delivery/backoff.ts";
import { fitBatch, formatBatch } from "../../sdk/delivery/batcher.ts";
import type { Queued } from "../../sdk/delivery/queue.ts";
import { init } from "../../sdk/index.ts";
import { checkOptions } from "../../sdk/option-checks.ts";
import { type Options, readAttributes } from "../../sdk/options.ts";
import { CLICK_IDS as SCRIPT_CLICK_IDS } from "../../sdk/page/click-ids.ts";
import { createClock, learnOffset } from "../../sdk/page/clock.ts";
import { createGuard, FAULTS_MAX } from "../../sdk/page/guard.ts";
import { isHostOf, scrubUrl, viewKey } from "../../sdk/page/url.ts";
import { createUuid } from "../../sdk/page/uuid.ts";
import { LIBRARY, VERSION } from "../../sdk/page/version.ts";
import { readArrival, readPage } from "../../sdk/view.ts";
import { isPlaceholder } from "../../sdk/visitor/blocked-ids.ts";
import { createHopToken, readHopToken } from "../../sdk/visitor/hop.ts";
import { continueSession, SESSION_GAP_MS, SESSION_MS_MAX } from "../../sdk/visitor/session.ts";
import { type Batch, CLICK_IDS } from "../../sdk/wire.ts";

describe("lists that stand twice", () => {
	it("knows the click ids of the wire contract, and the version of the package", () => {
		const ids = Object.keys(CLICK_IDS);
		expect(ids.filter((id) => !SCRIPT_CLICK_IDS.test(id))).toEqual([]);
		expect(ids.length).toBeGreaterThanOrEqual(22);
		const others = ["id", "client_id", "clid_", "product", "q", "page", "awcx", "lang", "epikx", "gclid2"];
		expect(others.filter((id) => SCRIPT_CLICK_IDS.test(id))).toEqual([]);
		expect(VERSION).toBe(packageJson.version);
	});
});

describe("clock", () => {
	function createWorld() {
		const world = { wall: 1_000_000, elapsed: 0 };
		return {
			world,
			clock: createClock(
				() => world.wall,
				() => world.elapsed,
			),
		};
	}

	it("never goes back when the device's clock is set back", () => {
		const { world, clock } = createWorld();
		const before = clock.now();
		world.wall -= 3_600_000;
		world.elapsed += 5_000;
		expect(clock.now()).toBe(before + 5_000);
	});

	it("believes a forward jump, which is sleep", () => {
		const { world, clock } = createWorld();
		const before = clock.now();
		world.wall += 3_600_000;
		world.elapsed += 10;
		expect(clock.now()).toBe(before + 3_600_000);
	});

	it.each([
		[60_000, 0],
		[-60_000, 0],
		[60_001, 60_001],
		[-400_000, -400_000],
	])("corrects an error of %i ms by %i ms", (skew, offset) => {
		const { clock } = createWorld();
		learnOffset(clock, 1_000, 1_100, 1_000 + skew);
		expect(clock.offset).toBe(offset);
		// One constant for the life of the page.
		learnOffset(clock, 1_000, 1_002, 1_001);
		expect(clock.offset).toBe(offset);
	});

	it("learns nothing from an exchange of more than ten seconds", () => {
		const { clock } = createWorld();
		learnOffset(clock, 0, 10_001, 900_000);
		expect(clock.offset).toBeUndefined();
		learnOffset(clock, 0, 10_000, 900_000);
		expect(clock.offset).toBe(900_000);
	});
});

describe("ids", () => {
	it("are UUIDv7 and sort in the order of their making, within a millisecond and when time goes back", () => {
		const now = Date.now();
		const ids = [now, now, now, now - 50, now + 1].map(createUuid);
		for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		expect([...ids].sort()).toEqual(ids);
		expect(new Set(Array.from({ length: 5_000 }, () => createUuid(now))).size).toBe(5_000);
	});

	it.each(["null", " Guest ", "0", "-1", "0000", "aaaaaa", "(not set)", "undefined", "", '"anonymous"'])(
		"refuses the placeholder %j",
		(id) => expect(isPlaceholder(id)).toBe(true),
	);
	it.each(["u1", "nullius", "10", "aaaaab", "test-7"])("accepts %j", (id) => expect(isPlaceholder(id)).toBe(false));
});

describe("addresses", () => {
	it("lose user, password, fragment, our own parameters and the values of secrets, and nothing else", () => {
		expect(scrubUrl("https://u:p@x.cn/a?b=1&Access_Token=s3&mine=2&strand_link=q#top", ["mine"])).toBe(
			"https://x.cn/a?b=1&Access_Token=*&mine=*",
		);
		expect(scrubUrl("https://x.cn/a%20b?c=d+e", [])).toBe("https://x.cn/a%20b?c=d+e");
		expect(scrubUrl("https://x.cn/#/cart", [], true)).toBe("https://x.cn/#/cart");
		expect(scrubUrl("https://x.cn/#/cart?token=s3&mine=2&b=1", ["mine"], true)).toBe(
			"https://x.cn/#/cart?token=*&mine=*&b=1",
		);
		expect(scrubUrl("https://x.cn/#access_token=s3&state=s4", [], true)).toBe("https://x.cn/#access_token=*&state=*");
	});

	it("are one page whatever campaign they carry", () => {
		const key = (url: string, hash = false): string => viewKey(new URL(url, "https://x.cn"), SCRIPT_CLICK_IDS, hash);
		expect(key("/a?x=1&utm_source=b&gclid=c#d")).toBe(key("/a?x=1"));
		expect(key("/a?x=1")).not.toBe(key("/a?x=2"));
		expect(key("/a#b", true)).not.toBe(key("/a#c", true));
	});

	it("belong to a host and to hosts below it, not to namesakes", () => {
		expect(isHostOf("shop.x.cn", ["x.cn"])).toBe(true);
		expect(isHostOf("notx.cn", ["x.cn"])).toBe(false);
	});
});

it("scrubs the address that a visitor came from like the page's own", () => {
	const { referrer } = readPage(
		(url) => scrubUrl(url, ["mine"]),
		location.href,
		"https://x.cn/?token=s3&mine=2&b=1#part",
	);
	expect(referrer).toBe("https://x.cn/?token=*&mine=*&b=1");
});

describe("campaign facts", () => {
	it("are left out where the page has their parameters scrubbed", () => {
		const address = "https://x.cn/?utm_source=letter&utm_term=who&gclid=g1&msclkid=m1";
		const { search } = readPage((url) => scrubUrl(url, ["utm_term", "gclid"]), address, "");
		expect(readArrival(search, ["x.cn"], true)).toEqual({
			campaign: { source: "letter" },
			clickIds: { msclkid: "m1" },
		});
	});

	it("are taken as received, without unreplaced macros", () => {
		const query = new URLSearchParams(
			"utm_source=Baidu&utm_campaign=Spring&utm_id=7&utm_term={keyword}&gclid=__CLICKID__&bd_vid=42&x=1&msclkid=%%ID%%",
		);
		expect(readCampaign(query, true)).toEqual({
			campaign: { source: "Baidu", name: "Spring", id: "7" },
			clickIds: { bd_vid: "42" },
		});
		expect(readCampaign(query, false)).not.toHaveProperty("clickIds");
	});
});

describe("batches", () => {
	const make = (seq: number, at: number, shared: string): Queued => ({
		tab: "t",
		seq,
		at,
		kind: "page",
		json: JSON.stringify({ type: "track", event: `"e${seq}"`, context: { strand: { seq } } }),
		shared,
	});

	it("say once what the whole page load says, and correct the times of device and request alike", () => {
		const clock = { now: () => 5, offset: 60_000 };
		const body = formatBatch([make(1, 0, '{"locale":"zh"}'), make(2, 3, '{"locale":"zh"}')], clock, { evicted: 2 });
		expect(JSON.parse(body)).toEqual({
			batch: [
				{
					originalTimestamp: "1970-01-01T00:01:00.000Z",
					type: "track",
					event: '"e1"',
					context: { strand: { seq: 1 } },
				},
				{
					originalTimestamp: "1970-01-01T00:01:00.003Z",
					type: "track",
					event: '"e2"',
					context: { strand: { seq: 2 } },
				},
			],
			context: { locale: "zh" },
			sentAt: "1970-01-01T00:01:00.005Z",
			delivery: { attempt: 1, ageMs: 5, library: LIBRARY, evicted: 2, setAside: 0 },
		} satisfies Batch);
	});

	it("hold only events that share their context, at least one, and no more than fit", () => {
		const records = [make(1, 0, "a"), make(2, 0, "a"), make(3, 0, "b"), make(4, 0, "a")];
		const seqs = (charsMax: number): number[] => fitBatch(records, charsMax).map(({ seq }) => seq);
		const [{ json } = { json: "" }] = records;
		expect(seqs(Number.MAX_SAFE_INTEGER)).toEqual([1, 2]);
		expect(seqs(json.length * 2 - 1)).toEqual([1]);
		expect(seqs(0)).toEqual([1]);
		expect(fitBatch([], 1)).toEqual([]);
	});
});

describe("pace", () => {
	it("backs off with full jitter up to five minutes", () => {
		expect(backoffMs(1, 0.999)).toBeLessThan(2_000);
		expect(backoffMs(4, 0.5)).toBe(8_000);
		expect(backoffMs(30, 1)).toBe(300_000);
	});

	it("reads Retry-After in seconds and as a date", () => {
		expect(retryAfterMs("7", 0)).toBe(7_000);
		expect(retryAfterMs("Thu, 01 Jan 1970 00:00:09 GMT", 2_000)).toBe(7_000);
		expect(retryAfterMs(null, 0)).toBe(0);
		expect(retryAfterMs("soon", 0)).toBe(0);
		expect(retryAfterMs("Thu, 01 Jan 1970 00:00:01 GMT", 2_000)).toBe(0);
		// Whoever says "in a month" must not be asked every millisecond: so long no timer runs.
		expect(retryAfterMs(`${31 * 24 * 3600}`, 0)).toBe(24 * 3_600_000);
	});

	it("lets the thirteenth request wait until the first is a minute old", () => {
		const made = Array.from({ length: REQUESTS_A_MINUTE_MAX }, (_, index) => 1_000 + index);
		expect(paceMs(made.slice(1), 2_000)).toBeLessThanOrEqual(0);
		expect(paceMs(made, 2_000)).toBe(59_000);
		expect(paceMs(made, 61_000)).toBe(0);
	});
});

describe("sessions", () => {
	const before = { id: "s", startedAt: 0, lastAt: 0 };
	it("go on for 30 minutes of silence and not longer, and end after 24 hours", () => {
		expect(continueSession(before, SESSION_GAP_MS, () => "n").id).toBe("s");
		expect(continueSession(before, SESSION_GAP_MS + 1, () => "n").id).toBe("n");
		const long = { ...before, lastAt: SESSION_MS_MAX };
		expect(continueSession(long, SESSION_MS_MAX, () => "n").id).toBe("s");
		expect(continueSession(long, SESSION_MS_MAX + 1, () => "n").id).toBe("n");
	});
});

describe("the hop between domains", () => {
	it("is believed for two minutes, by the same browser only", async () => {
		const now = Date.UTC(2026, 0, 1);
		const token = await createHopToken("device-1", now);
		expect(token).toMatch(/^device-1\.\d+\.[0-9a-f]{8}$/);
		expect(await readHopToken(token, now + 120_000)).toBe("device-1");
		expect(await readHopToken(token, now + 180_000)).toBeUndefined();
		expect(await readHopToken(token.replace("device-1", "device-2"), now)).toBeUndefined();
		expect(await readHopToken("rubbish", now)).toBeUndefined();
	});
});

describe("guard", () => {
	it("keeps faults from the page, and ends the script at the third with one report", async () => {
		const told: unknown[] = [];
		let stops = 0;
		const guard = createGuard(
			(error) => told.push(error),
			() => stops++,
		);
		const fails = guard(() => {
			throw new Error("no");
		});
		guard(() => Promise.reject(new Error("later")))();
		await Promise.resolve();
		fails();
		let ran = 0;
		guard(() => ran++)();
		for (let n = 0; n < FAULTS_MAX; n++) fails();
		guard(() => ran++)();
		expect([told.length, stops, ran]).toEqual([FAULTS_MAX, 1, 1]);
	});
});

describe("options", () => {
	const valid: Options = { writeKey: "wk_a", endpoint: "https://c.example.com/" };

	it("are read from data attributes", () => {
		const tag = document.createElement("script");
		for (const [name, value] of Object.entries({
			"data-write-key": "wk_a",
			"data-page-views": "false",
			"data-vitals": "on",
			"data-cross-domains": "a.cn, b.cn",
			"data-consent": "denied",
		}))
			tag.setAttribute(name, value);
		expect(readAttributes(tag)).toEqual({
			writeKey: "wk_a",
			pageViews: false,
			vitals: true,
			crossDomains: ["a.cn", "b.cn"],
			consent: "denied",
		});
	});

	it("throw a TypeError where the developer sees it", () => {
		expect(checkOptions(valid).endpoint).toBe("https://c.example.com");
		for (const wrong of [
			{ writeKey: "" },
			{ consent: "maybe" },
			{ scrub: "a" },
			{ endpoint: "c" },
			{ colour: "red" },
		]) {
			expect(() => checkOptions({ ...valid, ...wrong } as Options)).toThrow(TypeError);
		}
		expect(() => init({} as Options)).toThrow(TypeError);
	});
});
