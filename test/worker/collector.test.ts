/** The collector in the Workers runtime, with the bindings that a deployment has: objects fall asleep, or die, and go on. */
import { abortAllDurableObjects, evictAllDurableObjects, SELF } from "cloudflare:test";
import { beforeAll, expect, it } from "vitest";

const ORIGIN = "https://collector.example";
/** As `vitest.config.ts` binds it. */
const ADMIN_TOKEN = "admin-token-of-the-tests";
const SETTLE_TRIES_MAX = 3_000;

let keys: { write: string; read: string; secret: string };

function call(path: string, key: string, body?: object): Promise<Response> {
	const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
	return SELF.fetch(ORIGIN + path, { ...init, headers: { authorization: `Bearer ${key}` } });
}

async function settle(): Promise<void> {
	for (let tries = 0; tries < SETTLE_TRIES_MAX; tries++) {
		const status = (await (await call("/v1/status", keys.read)).json()) as { pending: number };
		if (status.pending === 0) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error("the collector did not settle");
}

async function chainOf(userId: string): Promise<string[]> {
	const response = await call(`/v1/profiles?userId=${userId}`, keys.read);
	expect(response.status).toBe(200);
	const profile = (await response.json()) as { touchpoints: { evidence: string[] }[] };
	return profile.touchpoints.map(({ evidence }) => evidence[0] ?? "");
}

const at = (minute: number) => new Date(Date.UTC(2025, 4, 1, 10, minute)).toISOString();

beforeAll(async () => {
	const answer = await call("/internal/workspaces", ADMIN_TOKEN, {
		workspace: "main",
		streamShards: 2,
		profileShards: 2,
	});
	expect(answer.status).toBe(201);
	keys = ((await answer.json()) as { keys: typeof keys }).keys;
});

it("goes on where it was when its objects are evicted between two visits", async () => {
	await call("/v1/batch", keys.secret, {
		batch: [
			{ type: "page", anonymousId: "A", messageId: "m1", timestamp: at(0) },
			{ type: "identify", anonymousId: "A", userId: "evicted", messageId: "m2", timestamp: at(1) },
		],
	});
	await settle();
	expect(await chainOf("evicted")).toEqual(["m1"]);
	await evictAllDurableObjects();
	await call("/v1/batch", keys.secret, {
		batch: [{ type: "page", anonymousId: "A", messageId: "m3", timestamp: at(2) }],
	});
	await settle();
	expect(await chainOf("evicted")).toEqual(["m1", "m3"]);
});

it("has every acknowledged event in the chain when its objects are aborted right after the answer", async () => {
	const answer = await call("/v1/batch", keys.secret, {
		batch: [
			{ type: "page", anonymousId: "B", messageId: "n1", timestamp: at(0) },
			{ type: "page", anonymousId: "B", userId: "aborted", messageId: "n2", timestamp: at(1) },
		],
	});
	expect(await answer.json()).toMatchObject({ success: true, accepted: 2, rejected: [] });
	await abortAllDurableObjects();
	await settle();
	expect(await chainOf("aborted")).toEqual(["n1", "n2"]);
});
