/** Two workspaces on one collector: neither sees, changes or counts anything of the other's. And what keys of one may do. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorkspace, type WorkspaceKeys } from "../../collector/node/workspaces.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const CLI = join(import.meta.dirname, "..", "..", "collector", "node", "cli.ts");
const RATE_PER_MINUTE = 20;
const ADDRESS_HEADER = "x-client-address";

let collector: RunningCollector;
let main: WorkspaceKeys;
let other: WorkspaceKeys;

beforeAll(async () => {
	collector = await startCollector({
		env: { RATE_LIMIT_PER_MINUTE: String(RATE_PER_MINUTE), CLIENT_ADDRESS_HEADER: ADDRESS_HEADER },
	});
	main = collector.keys;
	const { adminToken } = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as {
		adminToken: string;
	};
	const created = await createWorkspace(collector.url, adminToken, {
		workspace: "other",
		streamShards: 2,
		profileShards: 2,
	});
	other = created as WorkspaceKeys;
});
afterAll(() => collector.stop());

function call(path: string, key: string, init: RequestInit = {}): Promise<Response> {
	return fetch(collector.url + path, { ...init, headers: { ...authorise(key), ...init.headers }, redirect: "manual" });
}

async function makeKey(fields: object): Promise<{ id: string; key: string }> {
	const response = await call("/v1/keys", main.secret, { method: "POST", body: JSON.stringify(fields) });
	expect(response.status).toBe(201);
	return (await response.json()) as { id: string; key: string };
}

async function write(key: string, headers: Record<string, string> = {}): Promise<number> {
	const response = await call("/v1/batch", key, { method: "POST", headers, body: '{"batch":[]}' });
	await response.text();
	return response.status;
}

/** The same person says the same thing to both businesses. */
function createEvents(shop: string): (WireEvent & { messageId: string })[] {
	const person = { userId: "u1", anonymousId: "device-1", traits: { email: "u1@shop.example" } };
	return [
		{ type: "identify", messageId: "same-id", ...person },
		{
			type: "page",
			messageId: `page-of-${shop}`,
			anonymousId: "device-1",
			properties: { url: `https://${shop}.example/` },
		},
	];
}

describe("two workspaces", () => {
	beforeAll(async () => {
		await postBatch(collector.url, main.secret, createEvents("main"));
		await postBatch(collector.url, other.secret, createEvents("other"));
		await postBatch(collector.url, main.secret, [{ type: "track", messageId: "only-main" } as WireEvent]);
		await settle(collector.url, main.read);
		await settle(collector.url, other.read);
	});

	it("show each its own events, chains and rejections", async () => {
		for (const [keys, own] of [
			[main, "main"],
			[other, "other"],
		] as const) {
			const events = await readRows<EventRow>(collector.url, keys.read, "/v1/events");
			expect(events.map(({ messageId }) => messageId).sort()).toEqual([`page-of-${own}`, "same-id"]);
			const journeys = await readRows<JourneyRow>(collector.url, keys.read, "/v1/journeys");
			expect(journeys.flatMap(({ touchpoints }) => touchpoints.map(({ evidence }) => evidence[0]))).toEqual([
				`page-of-${own}`,
			]);
			const rejections = await (await call("/v1/rejections", keys.read)).json();
			expect(rejections).toMatchObject({ rejections: own === "main" ? [{ messageId: "only-main" }] : [] });
		}
	});

	it("give the same person unlike profile ids, and know nothing of each other's", async () => {
		const find = async (keys: WorkspaceKeys) =>
			((await (await call("/v1/profiles?userId=u1", keys.read)).json()) as { profileId: string }).profileId;
		const [ours, theirs] = [await find(main), await find(other)];
		expect(ours).not.toBe(theirs);
		expect((await call(`/v1/profiles/${theirs}`, main.read)).status).toBe(404);
		expect((await call(`/v1/profiles/${theirs}`, main.secret, { method: "DELETE" })).status).toBe(404);
		expect((await call(`/v1/profiles/${theirs}`, other.read)).status).toBe(200);
	});

	it("keep keys and settings apart", async () => {
		const listed = async (keys: WorkspaceKeys) =>
			((await (await call("/v1/keys", keys.secret)).json()) as { keys: { id: string; key?: string }[] }).keys;
		const [ours, theirs] = [await listed(main), await listed(other)];
		expect(theirs.map(({ key }) => key).filter((key) => key !== undefined)).toEqual([other.write]);
		for (const { id } of theirs) {
			expect(ours.map((key) => key.id)).not.toContain(id);
			expect((await call(`/v1/keys/${id}`, main.secret, { method: "DELETE" })).status).toBe(404);
		}
		const body = JSON.stringify({ timeZone: "Asia/Shanghai" });
		expect((await call("/v1/settings", main.secret, { method: "PUT", body })).status).toBe(200);
		expect(await (await call("/v1/settings", other.read)).json()).toMatchObject({
			workspace: "other",
			settings: { timeZone: "UTC" },
		});
	});

	it("are made once", async () => {
		const { adminToken } = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as {
			adminToken: string;
		};
		const again = { workspace: "other", streamShards: 4, profileShards: 4 };
		expect(await createWorkspace(collector.url, adminToken, again)).toBeUndefined();
		expect((await call("/v1/status", other.read)).status).toBe(200);
	});
});

describe("strand workspace empty", () => {
	const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
		new Promise((resolve) => {
			const command = [CLI, "workspace", ...args, "--data", collector.dataDir];
			execFile(process.execPath, command, (error, out, err) =>
				resolve({ code: error === null ? 0 : Number(error.code), out, err }),
			);
		});

	it("forgets everybody of a workspace that was made as a test, and leaves its keys and all others alone", async () => {
		const made = await run(collector.url, "--name", "trial", "--test");
		expect(made).toMatchObject({ code: 0 });
		const key = (kind: string) => new RegExp(`${kind} key +(\\S+)`).exec(made.out)?.[1] ?? "";
		const trial = { secret: key("secret"), read: key("read"), write: key("write") };
		const settings = { timeZone: "Asia/Tokyo" };
		await call("/v1/settings", trial.secret, { method: "PUT", body: JSON.stringify(settings) });
		const fill = async () => {
			await postBatch(collector.url, trial.secret, createEvents("trial"));
			await settle(collector.url, trial.read);
		};
		const counts = async () => {
			const tables = ["events", "journeys", "touchpoints", "identities"];
			return Promise.all(
				tables.map(async (table) => (await readRows(collector.url, trial.read, `/v1/${table}`)).length),
			);
		};
		const kept = await (await call("/v1/journeys", other.read)).text();
		await fill();
		const filled = await counts();
		expect(Math.min(...filled)).toBeGreaterThan(0);

		expect(await run("empty", collector.url, "--name", "trial")).toMatchObject({ code: 0 });
		expect(await counts()).toEqual([0, 0, 0, 0]);
		expect((await call("/v1/profiles?userId=u1", trial.read)).status).toBe(404);
		expect(await (await call("/v1/settings", trial.read)).json()).toMatchObject({ test: true, settings });
		expect(await (await call("/v1/journeys", other.read)).text()).toBe(kept);

		// What was there before is new again, and a restart finds the same.
		await fill();
		expect(await counts()).toEqual(filled);
		await collector.restart();
		expect(await counts()).toEqual(filled);
	});

	it("is refused for a workspace that holds real people", async () => {
		const before = await (await call("/v1/events", other.read)).text();
		const refused = await run("empty", collector.url, "--name", "other");
		expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("was not made as a test") });
		expect((await run("empty", collector.url)).code).toBe(2);
		expect(await (await call("/v1/events", other.read)).text()).toBe(before);
		await postBatch(collector.url, other.secret, [{ type: "page", messageId: "still-open", anonymousId: "device-2" }]);
	});
});

describe("a key", () => {
	it("that is limited to an origin writes from there only", async () => {
		const { key } = await makeKey({ kind: "write", origins: ["https://Shop.example"] });
		expect(await write(key, { origin: "https://shop.example" })).toBe(200);
		expect(await write(key, { origin: "https://evil.example" })).toBe(403);
		expect(await write(key, { origin: "https://shop.example.evil.example" })).toBe(403);
		expect(await write(key)).toBe(403);
	});

	it("made for servers is believed, one made for pages is not", async () => {
		const server = await makeKey({ kind: "write", server: true });
		const page = await makeKey({ kind: "write" });
		const old = { type: "page" as const, anonymousId: "device-2", timestamp: "2020-01-01T00:00:00Z" };
		const told = await postBatch(collector.url, server.key, [{ ...old, messageId: "old-server" }]);
		expect(told).toMatchObject({ accepted: 1, rejected: [] });
		const forged = await postBatch(collector.url, page.key, [{ ...old, messageId: "old-page" }]);
		expect(forged).toMatchObject({ accepted: 0, rejected: [{ code: "timestamp_too_old" }] });
		expect((await call("/v1/events", server.key)).status).toBe(401);
	});

	it("that is revoked is unknown, and cannot be turned into another kind by its letters", async () => {
		const { id, key } = await makeKey({ kind: "write" });
		expect(await write(key)).toBe(200);
		expect((await call("/v1/status", key.replace(/^wk/, "rk"))).status).toBe(401);
		expect((await call("/v1/status", main.read.replace(/^rk/, "sk"))).status).toBe(401);
		expect((await call(`/v1/keys/${id}`, main.secret, { method: "DELETE" })).status).toBe(204);
		expect(await write(key)).toBe(401);
	});
});

describe("the rate limit", () => {
	const from = (address: string) => ({ [ADDRESS_HEADER]: address });
	/** Answers to one more request than a minute allows. */
	async function flood(key: string, address: (index: number) => string): Promise<number[]> {
		const answers: number[] = [];
		for (let index = 0; index <= RATE_PER_MINUTE; index++) answers.push(await write(key, from(address(index))));
		return answers;
	}
	/** With a write key of its own; once more if the minute ended meanwhile, and counting began anew. */
	async function floodInAMinute(address: (index: number) => string): Promise<{ key: string; answers: number[] }> {
		const { key } = await makeKey({ kind: "write" });
		const answers = await flood(key, address);
		if (answers.includes(429)) return { key, answers };
		const { key: other } = await makeKey({ kind: "write" });
		return { key: other, answers: await flood(other, address) };
	}

	it("stops one sender, whatever his last number, and nobody else", async () => {
		const { key, answers } = await floodInAMinute((index) => `203.0.113.${index}`);
		expect(answers.slice(0, -1)).toEqual(Array(RATE_PER_MINUTE).fill(200));
		const response = await call("/v1/batch", key, { method: "POST", headers: from("203.0.113.99"), body: "{}" });
		expect(response.status).toBe(429);
		expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
		expect(await response.json()).toMatchObject({ error: { code: "rate_limited" } });
		expect(await write(key, from("203.0.114.1"))).toBe(200);
		expect(await write(main.write, from("203.0.113.1"))).toBe(200);
	});

	it("sees through addresses that a sender puts before his own, and through other ways to write it", async () => {
		const ways = [
			"2001:db8::1",
			"2001:db8:0:7::2",
			"2001:DB8:0:0:0:0:0:3",
			"1.2.3.4, 2001:db8::9",
			"::1, 2001:0db8::5",
		];
		const { key, answers } = await floodInAMinute((index) => ways[index % ways.length] as string);
		expect(answers.at(-1)).toBe(429);
		expect(await write(key, { ...from("2001:db9::1"), "cf-connecting-ip": "2001:db8::1" })).toBe(200);
	});

	it("does not count a server's requests", async () => {
		expect(new Set(await flood(main.secret, () => "198.51.100.1"))).toEqual(new Set([200]));
	});
});
