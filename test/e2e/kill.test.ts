/**
 * What is answered 200 is durable, and nothing is counted twice: workerd is killed without a goodbye
 * while clients post and while it folds. Afterwards the log holds every acknowledged event once, and its
 * owners and chains are what the pure resolver says of the same events.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolve } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { STATEMENT_TYPES, type WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { createRandom } from "../support/random.ts";

const CLIENTS = 8;
const BATCHES_A_CLIENT = 24;
const EVENTS_A_BATCH = 10;
/** That break requests while clients post; one more follows the last answer, when much is not folded yet. */
const KILLS_UNDER_LOAD = 4;
const DEVICES = 40;
const USERS = 25;
const START = Date.now() - 20 * 3600_000;
const SPAN_MS = 18 * 3600_000;
/** As the launcher creates it. */
const WORKSPACE = "main";
const SETTINGS = { phoneRegion: "CN", blocked: [] };

type SentEvent = WireEvent & { messageId: string; timestamp: string };

/** Few people on few devices in any order of time, so that late events meet folded ones on every shard. */
function createEvent(random: () => number, messageId: string): SentEvent {
	const pick = (count: number) => Math.floor(random() * count);
	const device = pick(DEVICES);
	// Mostly the device's own people, so that chains are many, and now and then somebody else's.
	const user = random() < 0.9 ? device % USERS : pick(USERS);
	const [anonymousId, userId] = [`device-${device}`, `user-${user}`];
	const base = { messageId, timestamp: new Date(START + pick(SPAN_MS)).toISOString() };
	const roll = random();
	if (roll < 0.6) {
		const url = `https://shop.example/${pick(50)}`;
		return { ...base, type: "page", anonymousId, properties: { url, path: new URL(url).pathname } };
	}
	if (roll < 0.75) return { ...base, type: "track", event: "Product Viewed", anonymousId, properties: { sku: "pot" } };
	if (roll < 0.87)
		return { ...base, type: "identify", anonymousId, userId, traits: { email: `${userId}@shop.example` } };
	if (roll < 0.95) {
		const traits = { phone: `+86139111100${10 + user}` };
		if (random() < 0.5) return { ...base, type: "identify", userId, traits };
		return { ...base, type: "touch", channel: "phone", name: "call_completed", direction: "in", traits };
	}
	if (roll < 0.98) return { ...base, type: "reset", anonymousId };
	return { ...base, type: "alias", userId, previousId: `user-${pick(USERS)}` };
}

function createBatches(random: () => number, client: number): SentEvent[][] {
	return Array.from({ length: BATCHES_A_CLIENT }, (_, batch) =>
		Array.from({ length: EVENTS_A_BATCH }, (_, index) => createEvent(random, `${client}-${batch}-${index}`)),
	);
}

function isStatement(type: string): boolean {
	return (STATEMENT_TYPES as readonly string[]).includes(type);
}

describe("kill -9 of workerd under load", () => {
	let collector: RunningCollector;
	/** Settles when the collector runs again. */
	let running = Promise.resolve();
	const acknowledged: SentEvent[] = [];
	const counts = { batches: 0, broken: 0, kills: 0 };
	let isDying = false;

	beforeAll(async () => {
		collector = await startCollector();
		await loadAndKill();
	});
	afterAll(() => collector.stop());

	/** A kill counts when it broke a request: a slow machine may have answered all of them. */
	async function killAndRestart(): Promise<void> {
		const { broken } = counts;
		isDying = true;
		running = collector.kill("SIGKILL").then(() => collector.restart());
		await running;
		isDying = false;
		if (counts.broken > broken) counts.kills++;
	}

	/** Like a real client: the same batch, with the same messageIds, until it is answered. */
	async function deliver(batch: SentEvent[]): Promise<void> {
		for (;;) {
			await running;
			try {
				const { accepted, rejected } = await postBatch(collector.url, collector.keys.secret, batch);
				if (accepted !== batch.length) throw new Error(`rejected: ${JSON.stringify(rejected)}`);
				break;
			} catch (error) {
				// A broken connection is what a kill looks like from outside; any other answer is a fault.
				if (!(error instanceof TypeError)) throw error;
				counts.broken++;
			}
		}
		acknowledged.push(...batch);
		counts.batches++;
	}

	async function loadAndKill(): Promise<void> {
		const random = createRandom(9);
		const clients = Array.from({ length: CLIENTS }, (_, client) => createBatches(random, client));
		const total = CLIENTS * BATCHES_A_CLIENT;
		await Promise.all(
			clients.map(async (batches) => {
				for (const batch of batches) {
					await deliver(batch);
					// Asked right after an answer, while the other clients wait for theirs.
					const isDue = counts.batches >= (total * (counts.kills + 1)) / (KILLS_UNDER_LOAD + 1);
					if (isDue && !isDying && counts.kills < KILLS_UNDER_LOAD) await killAndRestart();
				}
			}),
		);
		await killAndRestart();
		await settle(collector.url, collector.keys.read);
	}

	const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
	const readJourneys = () => readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");

	/** The pure resolver's answer for what was acknowledged, by messageId. */
	function resolveAcknowledged(): Map<string, string | null> {
		const { workspaceSecret } = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as {
			workspaceSecret: string;
		};
		const logged: LoggedEvent[] = acknowledged.map((sent) => {
			const timestamp = Date.parse(sent.timestamp);
			return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
		});
		const { placed, unattributed } = resolve(logged, SETTINGS, `${workspaceSecret}\n${WORKSPACE}`);
		return new Map([
			...placed.map(({ messageId, profileId }) => [messageId, profileId] as const),
			...unattributed.map(({ messageId }) => [messageId, null] as const),
		]);
	}

	it("breaks requests that were under way", () => {
		expect(counts.kills).toBe(KILLS_UNDER_LOAD);
	});

	it("keeps every event that was answered 200, each once", async () => {
		expect(acknowledged).toHaveLength(CLIENTS * BATCHES_A_CLIENT * EVENTS_A_BATCH);
		const rows = await readEvents();
		const ids = (items: readonly { messageId: string }[]) => items.map(({ messageId }) => messageId).sort();
		expect(ids(rows)).toEqual(ids(acknowledged));
	});

	it("names the same owners as the pure resolver, to the profile id", async () => {
		const data = (await readEvents()).filter(({ type }) => !isStatement(type));
		const owners = new Map(data.map(({ messageId, profileId }) => [messageId, profileId]));
		expect(new Map([...owners].sort())).toEqual(new Map([...resolveAcknowledged()].sort()));
		expect(new Set(owners.values()).size).toBeGreaterThan(USERS / 2);
	});

	it("shows every contact once, in its owner's chain, in order of time", async () => {
		const owners = resolveAcknowledged();
		const contacts = acknowledged.filter(({ type }) => type === "page" || type === "track" || type === "touch");
		const journeys = await readJourneys();
		expect(new Set(journeys.map(({ profileId }) => profileId)).size).toBe(journeys.length);
		const shown = journeys.flatMap(({ profileId, touchpoints }) =>
			touchpoints.map(({ evidence }) => [evidence[0], profileId] as const),
		);
		const isContact = new Set(contacts.map(({ messageId }) => messageId));
		const wanted = contacts.map(({ messageId }) => [messageId, owners.get(messageId)] as const);
		expect(shown.filter(([id]) => isContact.has(id ?? "")).sort()).toEqual(wanted.sort());
		for (const { touchpoints } of journeys) {
			const times = touchpoints.map(({ timestamp }) => timestamp);
			expect(times).toEqual(times.toSorted());
		}
	});

	it("says the same after a stop in good order and another start", async () => {
		const before = { events: await readEvents(), journeys: await readJourneys() };
		await collector.restart();
		expect({ events: await readEvents(), journeys: await readJourneys() }).toEqual(before);
		const response = await fetch(`${collector.url}/v1/status`, { headers: authorise(collector.keys.read) });
		expect(await response.json()).toMatchObject({ pending: 0, stuck: 0, errors: [] });
	});
});
