/** What a stream shard makes of the graph's word that somebody is to be forgotten, however that meets other news. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import type { StreamAnswer } from "../../collector/store/messages.ts";
import type { StreamShard } from "../../collector/store/stream-shard/stream-shard.ts";
import { findFaults } from "../simulator/check.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import type { World } from "../simulator/world.ts";

const DAY_MS = 24 * 3600_000;

let world: World;
let stream: string;
/** As the graph gave it last. */
let answer: StreamAnswer;
let words = 0;

/** In its present life: what comes to rest begins anew. */
const shardNow = () => world.streams.get(0) as StreamShard;
const daysAgo = (days: number) => world.now - days * DAY_MS;

function login(messageId: string, timestamp: number, anonymousId = "phone"): LoggedEvent {
	const sent = { type: "identify", messageId, anonymousId, userId: "user" } as const;
	return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
}

/** The graph says something; no fold has read it yet when this returns. */
function tell(said: StreamAnswer): void {
	const [last] = world.network
		.host("stream/0")
		.disk.all<{ number: number }>("SELECT number FROM inbox WHERE sender = 'graph'", []);
	const body = { streams: [{ stream, answer: said }] };
	void shardNow().acceptAnswers({ from: "graph", number: (last?.number ?? 0) + 1, token: `word ${++words}`, body });
}

function loggedIds(): string[] {
	const { head, loadEvents } = shardNow().loadStream(stream);
	const rows = new Set(head.windows.flatMap((window) => window.rows));
	return [...rows].flatMap((row) => loadEvents(row).map(({ sent }) => sent.messageId));
}

/** Nobody is idle by himself: the limit is beyond what was sent. */
async function limitTo(idleDays: number | null): Promise<void> {
	await world.play([{ retentionDays: 365, ...(idleDays === null ? {} : { idleDays }) }]);
}

beforeEach(async () => {
	world = createQuietWorld({ streamShards: 1 });
	await world.play([{ events: [login("old", daysAgo(100)), login("young", daysAgo(10))] }]);
	[stream] = shardNow().streamsAfter("", 1) as [string];
	answer = shardNow().loadStream(stream).head.answer as StreamAnswer;
	expect(loggedIds()).toEqual(["old", "young"]);
});
afterEach(() => world.close());

/** In another workspace, where nobody was heard of yet. */
function startAnew(): void {
	world.close();
	world = createQuietWorld();
}

it("forgets what it was told to, also where a later answer that says no more of it came before any fold", async () => {
	await limitTo(400);
	tell({ ...answer, forget: daysAgo(50) });
	tell(answer);
	await world.settle();
	expect(loggedIds()).toEqual(["young"]);
});

it("forgets as far as it was told last", async () => {
	await limitTo(400);
	tell({ ...answer, forget: daysAgo(50) });
	tell({ ...answer, forget: daysAgo(5) });
	await world.settle();
	expect(loggedIds()).toEqual([]);
});

it("forgets nobody by a word that waited while the limit was lifted", async () => {
	await limitTo(null);
	tell({ ...answer, forget: daysAgo(50) });
	tell(answer);
	await world.settle();
	expect(loggedIds()).toEqual(["old", "young"]);
});

it("forgets on the next day whom only somebody kept who has gone since, though nothing came of his own", async () => {
	startAnew();
	const laptop = login("laptop", daysAgo(10), "laptop");
	await world.play([{ events: [login("old", daysAgo(100)), laptop] }]);
	await world.play([{ retentionDays: 30, idleDays: 60 }, { rest: true }, { days: 1 }, { rest: true }]);
	expect(world.forgotten).toBe(0);
	const erase: LoggedEvent = {
		...login("erase", daysAgo(0)),
		sent: { type: "erase", messageId: "erase", ids: [{ anonymousId: "laptop" }] },
	};
	await world.play([{ events: [erase] }, { rest: true }, { days: 1 }, { rest: true }]);
	expect(world.forgotten).toBe(1);
	expect(findFaults(world)).toEqual([]);
});

it("forgets on the next day what comes late of who is forgotten already, and keeps what he decided", async () => {
	startAnew();
	const consent: LoggedEvent = {
		...login("no", daysAgo(99)),
		sent: { type: "consent", messageId: "no", anonymousId: "phone", traits: { analytics: false } },
	};
	await world.play([{ events: [login("old", daysAgo(100)), consent] }]);
	await world.play([{ retentionDays: 30, idleDays: 60 }, { rest: true }]);
	expect(world.forgotten).toBe(1);
	const alias: LoggedEvent = {
		...login("alias", daysAgo(98)),
		sent: { type: "alias", messageId: "alias", anonymousId: "phone", userId: "user", previousId: "phone" },
	};
	await world.play([{ events: [alias] }, { rest: true }, { days: 1 }, { rest: true }]);
	expect(world.forgotten).toBe(2);
	expect(findFaults(world)).toEqual([]);
});
