/** Calls of webhooks over days and over moves of a person, against a real receiver on a clock of our own. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Piece } from "../../collector/model.ts";
import { IDENTITY_GRAPH_SCHEMA } from "../../collector/store/identity-graph/schema.ts";
import { claimCall, releaseCall, settleCall } from "../../collector/store/identity-graph/webhooks.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { makeCalls } from "../../collector/store/profile-shard/webhook-calls.ts";
import { WAITING_MAX, WEBHOOK_AGE_MS_MAX } from "../../collector/store/profile-shard/webhook-outbox.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, happens, START } from "./journey-scene.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;

let server: Server;
let url: string;
let answer: number;
let heard: { id: string; profile: string; goal: string }[];
let now: number;

beforeAll(async () => {
	server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { data } = JSON.parse(Buffer.concat(chunks).toString());
		heard.push({ id: String(request.headers["webhook-id"]), profile: data.profileId, goal: data.goal });
		response.writeHead(answer, answer === 302 ? { location: `${url}elsewhere` } : {}).end();
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
	answer = 204;
	heard = [];
	now = START;
});

const portOf = () => new Disk().port({ name: "object", isStopped: false });

function createScene() {
	const graph = portOf();
	for (const statement of IDENTITY_GRAPH_SCHEMA) graph.all(statement);
	return {
		shard(name: string) {
			const shard = new ProfileShard(portOf(), () => now);
			shard.webhooks.setEndpoints([{ id: "e", url, secret: "whsec_c2VjcmV0", goals: [], createdAt: START }]);
			let number = 0;
			const put = (pieces: Piece[], was: string[] = []) =>
				shard.acceptPieces({
					from: "s",
					number: ++number,
					token: String(number),
					body: { windows: [{ stream: "s", window: 1, pieces, was }], erased: [] },
				} as never);
			const call = () =>
				makeCalls({
					outbox: shard.webhooks,
					now: () => now,
					readChain: (profile) => shard.readChain(profile),
					register: {
						claim: async (id) => claimCall(graph, id, name, now),
						settle: async (id) => settleCall(graph, id),
						release: async (id) => releaseCall(graph, id, name),
					},
				});
			/** Lets time pass and makes the calls that fall due, in order. */
			const live = async (ms: number) => {
				const end = now + ms;
				for (;;) {
					const due = shard.webhooks.nextDue();
					if (due === null || due > end) break;
					now = Math.max(now, due);
					await call();
				}
				now = end;
			};
			return { put, live, counts: () => shard.webhooks.counts() };
		},
	};
}

const ordered = (owner: string, at: number, id: string) =>
	happens({ type: "track", event: "Order Completed", properties: { order_id: id } }, { at, id, owner });
const order = (owner: string, at = SECOND_MS, id = "m1") => foldAll([ordered(owner, at, id)]);

it("tells of a conversion once, however often its piece is folded again", async () => {
	const { put, live, counts } = createScene().shard("a");
	await put(order("ada"));
	await live(10 * SECOND_MS);
	await put(order("ada"));
	await live(DAY_MS);
	expect(heard).toEqual([
		{ id: expect.stringMatching(/^msg_[0-9a-f]{32}$/), profile: "ada", goal: expect.any(String) },
	]);
	expect(counts()).toEqual({ waiting: 0, failing: 0, delivered: 1, dropped: 0 });
});

it("tries again with the same id, ever more seldom, and gives up after three days, counted", async () => {
	const { put, live, counts } = createScene().shard("a");
	answer = 500;
	await put(order("ada"));
	await live(60 * SECOND_MS);
	expect(heard.length).toBe(3);
	await live(DAY_MS);
	expect(heard.length).toBeLessThan(30);
	expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
	expect(counts()).toEqual({ waiting: 1, failing: 1, delivered: 0, dropped: 0 });
	await live(WEBHOOK_AGE_MS_MAX);
	expect(counts()).toEqual({ waiting: 0, failing: 0, delivered: 0, dropped: 1 });
	const before = heard.length;
	answer = 204;
	await put(order("ada"));
	await live(DAY_MS);
	expect(heard.length).toBe(before);
});

it("takes a redirect for a refusal, and does not follow it", async () => {
	const { put, live, counts } = createScene().shard("a");
	answer = 302;
	await put(order("ada"));
	await live(5 * SECOND_MS);
	expect([heard.length, counts().waiting]).toEqual([1, 1]);
});

it("tells under the name that a person has by then, within a shard and over two", async () => {
	const scene = createScene();
	const [a, b] = [scene.shard("a"), scene.shard("b")];
	await a.put(order("anonymous"));
	await a.put(order("ada"), ["anonymous"]);
	await a.put([], ["ada"]);
	await b.put(order("eve"));
	await Promise.all([a.live(30 * SECOND_MS), b.live(30 * SECOND_MS)]);
	expect(heard.map(({ profile }) => profile)).toEqual(["eve"]);
});

it("does not tell again of who moves to another shard afterwards", async () => {
	const scene = createScene();
	const [a, b] = [scene.shard("a"), scene.shard("b")];
	await a.put(order("ada"));
	await a.live(30 * SECOND_MS);
	await a.put([], ["ada"]);
	await b.put(order("ada-2"));
	await b.live(DAY_MS);
	expect(heard.map(({ profile }) => profile)).toEqual(["ada"]);
	expect(b.counts()).toEqual({ waiting: 0, failing: 0, delivered: 0, dropped: 0 });
});

it("still tells of who moves while his receiver is down", async () => {
	const scene = createScene();
	const [a, b] = [scene.shard("a"), scene.shard("b")];
	answer = 503;
	await a.put(order("ada"));
	await a.live(3 * SECOND_MS);
	await a.put([], ["ada"]);
	await b.put(order("ada-2"));
	answer = 204;
	await b.live(3 * SECOND_MS);
	await a.live(60 * SECOND_MS);
	await b.live(600 * SECOND_MS);
	expect(heard.map(({ profile }) => profile)).toEqual(["ada", "ada-2"]);
	expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
});

it("tells nothing of conversions from before the webhook, of old ones that come late, and of who was erased", async () => {
	const { put, live, counts } = createScene().shard("a");
	await put(order("before", -SECOND_MS, "m0"));
	now += 4 * DAY_MS;
	await put(order("late", SECOND_MS, "m1"));
	const fresh = order("erased", 4 * DAY_MS, "m2");
	await put(fresh);
	await put([], ["erased"]);
	await live(DAY_MS);
	expect(heard).toEqual([]);
	expect(counts()).toEqual({ waiting: 0, failing: 0, delivered: 0, dropped: 0 });
});

it("holds a bounded number of calls, and counts the rest", async () => {
	const { put, counts } = createScene().shard("a");
	const scenes = Array.from({ length: WAITING_MAX + 5 }, (_, n) => ordered("ada", n, `m${n}`));
	await put(foldAll(scenes, scenes.length));
	expect(counts()).toEqual({ waiting: WAITING_MAX, failing: 0, delivered: 0, dropped: 5 });
});
