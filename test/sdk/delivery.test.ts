/**
 * The delivery's rules with a fake clock, the memory queue and a scripted collector: when something is
 * sent, what an answer leads to, what is counted.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseEvicted, QUEUE_LIMITS } from "../../sdk/delivery/caps.ts";
import { createDelivery, DELIVERY_LIMITS, type Delivery } from "../../sdk/delivery/delivery.ts";
import { createIdbQueue } from "../../sdk/delivery/idb-queue.ts";
import { createMemoryQueue } from "../../sdk/delivery/memory-queue.ts";
import type { Queue, Queued } from "../../sdk/delivery/queue.ts";
import { type CreateRecovery, createRecovery } from "../../sdk/delivery/recovery.ts";
import type { Answer } from "../../sdk/delivery/transport.ts";
import { createClock } from "../../sdk/page/clock.ts";
import { createGuard } from "../../sdk/page/guard.ts";
import { createPage } from "../../sdk/page/page.ts";
import type { Batch } from "../../sdk/wire.ts";

const ACCEPTED: Answer = { ...answerWith(200), success: true, accepted: 1, rejected: [] };

let sent: Batch[];
let answer: (batch: Batch) => Answer;
let faults: unknown[];
let tabs = 0;
let delivery: Delivery;

function answerWith(status: number, retryAfter = ""): Answer {
	return { kind: "answered", status, retryAfter };
}

const named = (batch: Batch): unknown[] => batch.batch.map(({ event }) => event);

/** As if on the disk: what is put survives the page. */
function createKeptQueue(): Queue {
	const memory = createMemoryQueue();
	return {
		...memory,
		async put(record) {
			await memory.put(record);
			return true;
		},
	};
}

function start(
	queue: Queue = createKeptQueue(),
	recovery: { createRecovery?: CreateRecovery } = { createRecovery },
): Delivery {
	const page = createPage(
		createGuard(
			(error) => faults.push(error),
			() => undefined,
		),
	);
	return createDelivery({
		tab: `tab ${++tabs}`,
		queue,
		...recovery,
		transport: {
			async send(bytes) {
				const batch = JSON.parse(new TextDecoder().decode(bytes)) as Batch;
				sent.push(batch);
				return answer(batch);
			},
			budget: 56 * 1024,
			url: "",
		},
		clock: createClock(Date.now, () => Date.now()),
		page,
		note: () => undefined,
	});
}

function add(event: string, urgent = false): Promise<unknown> {
	const { tab, seq } = delivery;
	const json = JSON.stringify({ type: "track", event, context: { page: {}, strand: { tab } } });
	return delivery.add({ tab, seq: seq + 1, at: Date.now(), kind: "custom", json, shared: "{}" }, urgent);
}

beforeEach(async () => {
	vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
	vi.spyOn(Math, "random").mockReturnValue(0.5);
	// It works in real time, which stands still here.
	vi.stubGlobal("CompressionStream", undefined);
	sent = [];
	faults = [];
	answer = () => ACCEPTED;
	delivery = start();
	await vi.advanceTimersByTimeAsync(10);
});
afterEach(async () => {
	await delivery.stop(true);
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

describe("when something is sent", () => {
	it("sends the first events after a second, later ones after five", async () => {
		add("one");
		await vi.advanceTimersByTimeAsync(DELIVERY_LIMITS.firstFlushMs - 20);
		expect(sent).toEqual([]);
		await vi.advanceTimersByTimeAsync(30);
		expect(sent.map(named)).toEqual([["one"]]);
		add("two");
		await vi.advanceTimersByTimeAsync(DELIVERY_LIMITS.flushIntervalMs - 20);
		expect(sent.length).toBe(1);
		await vi.advanceTimersByTimeAsync(30);
		expect(sent.map(named)).toEqual([["one"], ["two"]]);
	});

	it("sends 32 KB at once, and less not", async () => {
		const long = (chars: number): Promise<unknown> => {
			const { tab, seq } = delivery;
			return delivery.add({ tab, seq: seq + 1, at: Date.now(), kind: "custom", json: json(chars), shared: "{}" });
		};
		const json = (chars: number): string => JSON.stringify({ event: "x".repeat(chars - '{"event":""}'.length) });
		long(DELIVERY_LIMITS.flushChars - 100);
		long(99);
		await vi.advanceTimersByTimeAsync(5);
		expect(sent).toEqual([]);
		await vi.advanceTimersByTimeAsync(1_000);
		expect(sent.length).toBe(1);
		long(DELIVERY_LIMITS.flushChars);
		await vi.advanceTimersByTimeAsync(5);
		expect(sent.length).toBe(2);
	});

	it("waits with nine events, and sends everything in the very task in which the page is hidden", async () => {
		for (let n = 1; n < DELIVERY_LIMITS.flushEvents; n++) add(`n${n}`);
		await vi.advanceTimersByTimeAsync(5);
		expect(sent).toEqual([]);
		add("last");
		delivery.hide();
		expect(sent.flatMap(named).length).toBe(DELIVERY_LIMITS.flushEvents);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sent.length).toBe(1);
	});

	it("sends ten events or a conversion at once", async () => {
		for (let n = 0; n < DELIVERY_LIMITS.flushEvents; n++) add(`n${n}`);
		await vi.advanceTimersByTimeAsync(5);
		expect(sent.length).toBe(1);
		add("order_paid", true);
		await vi.advanceTimersByTimeAsync(5);
		expect(sent.length).toBe(2);
	});

	it("makes at most twelve requests a minute", async () => {
		for (let n = 0; n < 600; n++) {
			add(`n${n}`, true);
			await vi.advanceTimersByTimeAsync(90);
		}
		expect(sent.length).toBeLessThanOrEqual(12);
	});
});

describe("what an answer leads to", () => {
	it("tries again by itself until it is answered, under the same numbers, and says how often it tried", async () => {
		answer = () => answerWith(503);
		add("kept");
		await vi.advanceTimersByTimeAsync(20_000);
		expect(sent.length).toBeGreaterThan(2);
		answer = () => ACCEPTED;
		await vi.advanceTimersByTimeAsync(60_000);
		const count = sent.length;
		expect(sent.at(-1)?.delivery?.attempt).toBe(count);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sent.length).toBe(count);
	});

	it.each([0, 408, 425, 429, 500, 503])(
		"tries again after %i, and does so at once when the network is back",
		async (status) => {
			answer = () => answerWith(status, "200");
			add("kept");
			await vi.advanceTimersByTimeAsync(150_000);
			expect(sent.length).toBe(1);
			answer = () => ACCEPTED;
			dispatchEvent(new Event("online"));
			await vi.advanceTimersByTimeAsync(10);
			expect(sent.map(named)).toEqual([["kept"], ["kept"]]);
		},
	);

	it("honours Retry-After, and says that it is a further try", async () => {
		answer = () => answerWith(429, "30");
		add("late");
		await vi.advanceTimersByTimeAsync(30_000);
		expect(sent.length).toBe(1);
		await vi.advanceTimersByTimeAsync(1_500);
		expect(sent.map(({ delivery }) => delivery?.attempt)).toEqual([1, 2]);
	});

	it.each([401, 403, 410])("sends nothing more after %i, and keeps what it has", async (status) => {
		await delivery.stop(true);
		const queue = createKeptQueue();
		delivery = start(queue);
		answer = () => answerWith(status);
		add("one");
		await vi.advanceTimersByTimeAsync(2_000);
		add("two", true);
		dispatchEvent(new Event("online"));
		delivery.hide();
		await vi.advanceTimersByTimeAsync(600_000);
		expect(sent.length).toBe(1);
		expect(queue.read().length).toBe(2);
	});

	it("loses little, and asks seldom, where somebody in between refuses everything without a word", async () => {
		answer = () => answerWith(400);
		for (let n = 0; n < 250; n++) add(`n${n}`);
		await vi.advanceTimersByTimeAsync(600_000);
		expect(sent.length).toBeLessThan(10 * 25);
		answer = () => ACCEPTED;
		sent = [];
		await vi.advanceTimersByTimeAsync(120_000);
		expect(sent.flatMap(named).length).toBeGreaterThan(200);
	});

	it("leaves nothing with the browser to send after a crash, once it was refused", async () => {
		const deferred: unknown[] = [];
		vi.stubGlobal("fetchLater", (_: string, { body }: RequestInit) => deferred.push(body));
		const draft = (): Promise<unknown> =>
			delivery.add({ tab: delivery.tab, seq: 0, at: Date.now(), kind: "engagement", json: "{}", shared: "{}" });
		draft();
		expect(deferred.length).toBe(1);
		answer = () => answerWith(403);
		add("one");
		await vi.advanceTimersByTimeAsync(2_000);
		draft();
		expect([sent.length, deferred.length]).toEqual([1, 1]);
	});

	it.each([400, 422])("drops the judged event of a %i with verdicts and keeps the rest", async (status) => {
		answer = (batch) => {
			const index = named(batch).indexOf("bad");
			if (index < 0) return ACCEPTED;
			return {
				...answerWith(status),
				rejected: [{ index, messageId: null, code: "bad_field", message: "bad" }],
			};
		};
		for (const name of ["a", "bad", "b"]) add(name);
		await vi.advanceTimersByTimeAsync(2_000);
		expect(sent.map(named)).toEqual([
			["a", "bad", "b"],
			["a", "b"],
		]);
	});

	it("finds the one event behind a bare 413 by halving, sets it aside and tells of it from then on", async () => {
		answer = (batch) => (named(batch).includes("poison") ? answerWith(413) : ACCEPTED);
		for (let n = 0; n < 8; n++) add(n === 5 ? "poison" : `n${n}`);
		await vi.advanceTimersByTimeAsync(5_000);
		const delivered = sent.filter((batch) => !named(batch).includes("poison")).flatMap(named);
		expect(delivered.sort()).toEqual(["n0", "n1", "n2", "n3", "n4", "n6", "n7"]);
		add("after", true);
		await vi.advanceTimersByTimeAsync(70_000);
		add("later", true);
		await vi.advanceTimersByTimeAsync(70_000);
		const { tab } = delivery;
		expect(sent.map(({ delivery }) => [delivery?.tab, delivery?.setAside]).slice(-2)).toEqual([
			[tab, 1],
			[tab, 1],
		]);
	});
});

describe("storage", () => {
	it("holds an event before it is sent", async () => {
		await delivery.stop(true);
		const queue = createKeptQueue();
		let resolve = (_: boolean): void => undefined;
		const isStored = new Promise<boolean>((done) => {
			resolve = done;
		});
		delivery = start({ ...queue, put: (record) => queue.put(record).then(() => isStored) });
		add("one", true);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sent).toEqual([]);
		resolve(true);
		await vi.advanceTimersByTimeAsync(10);
		expect(sent.map(named)).toEqual([["one"]]);
	});

	it.each([
		["forbidden", createMemoryQueue],
		// There is no IndexedDB in this world.
		["broken", () => createIdbQueue("none", "tab")],
	])(
		"that is %s: what is captured goes on in memory, and is sent at once, what one task captured together",
		async (_, create) => {
			await delivery.stop(true);
			delivery = start(create());
			await vi.advanceTimersByTimeAsync(10);
			for (const names of [["one", "two"], ["three"]]) {
				for (const name of names) add(name);
				await vi.advanceTimersByTimeAsync(20);
			}
			expect(sent.map(named)).toEqual([["one", "two"], ["three"]]);
			for (let n = 0; n < 100; n++) {
				add(`n${n}`);
				await vi.advanceTimersByTimeAsync(100);
			}
			expect(sent.length).toBe(12);
			expect(faults).toEqual([]);
		},
	);
});

describe("caps", () => {
	const make = (seq: number, fields: Partial<Queued> = {}): Queued => ({
		tab: "t",
		seq,
		at: Date.UTC(2026, 0, 1) + seq,
		kind: "custom",
		json: "{}",
		shared: "{}",
		...fields,
	});

	it("keeps everything up to the cap, and above it evicts the lowest kind first, then the oldest", () => {
		const records = Array.from({ length: QUEUE_LIMITS.eventsMax }, (_, index) => make(index + 1));
		expect(chooseEvicted(records, Date.UTC(2026, 0, 1))).toEqual([]);
		const engagement = make(20_000, { kind: "engagement" });
		const order = make(0, { kind: "identity" });
		const evicted = chooseEvicted([engagement, order, ...records], Date.UTC(2026, 0, 1));
		expect(evicted.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([1, 20_000]);
	});

	it("evicts what tells least first, and keeps no more than 5 MB", () => {
		const kinds = ["identity", "custom", "page", "click", "vital", "engagement"] as const;
		const records = Array.from({ length: QUEUE_LIMITS.eventsMax - 3 }, (_, index) => make(index, { kind: "identity" }));
		const others = kinds.map((kind, index) => make(20_000 + index, { kind }));
		const evicted = chooseEvicted([...records, ...others], Date.UTC(2026, 0, 1)).map(({ kind }) => kind);
		expect(evicted.sort()).toEqual(["click", "engagement", "vital"]);
		const large = Array.from({ length: 5 }, (_, index) => make(index, { json: "x".repeat(QUEUE_LIMITS.charsMax / 5) }));
		expect(chooseEvicted(large, Date.UTC(2026, 0, 1))).toEqual([]);
		expect(chooseEvicted([make(9, { json: "x", kind: "click" }), ...large], Date.UTC(2026, 0, 1)).length).toBe(1);
		// One that is too large by itself takes nothing with it.
		const huge = make(10, { json: "x".repeat(QUEUE_LIMITS.charsMax + 1) });
		expect(chooseEvicted([make(8), huge, make(9)], Date.UTC(2026, 0, 1))).toEqual([huge]);
	});

	it("are kept while the collector is down, and what they cost is told, as a total", async () => {
		answer = () => answerWith(503);
		const { tab } = delivery;
		for (let n = 1; n <= QUEUE_LIMITS.eventsMax + 3; n++) {
			delivery.add({ ...make(n), tab, at: Date.now(), json: '{"type":"track"}' });
		}
		await vi.advanceTimersByTimeAsync(60_000);
		sent = [];
		answer = () => ACCEPTED;
		await vi.advanceTimersByTimeAsync(300_000);
		expect(sent.slice(0, 3).map(({ delivery }) => delivery?.evicted)).toEqual([3, 3, 3]);
	});

	it("evicts what is older than seven days, and not what is exactly that old", () => {
		const now = Date.UTC(2026, 0, 10);
		const edge = make(1, { at: now - QUEUE_LIMITS.ageMsMax });
		const old = make(2, { at: now - QUEUE_LIMITS.ageMsMax - 1 });
		expect(chooseEvicted([edge, old], now)).toEqual([old]);
	});
});
