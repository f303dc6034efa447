/** A receiver is told when a chain reaches a goal: signed, over crashes, once. */

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

interface Call {
	id: string;
	timestamp: string;
	signature: string;
	body: string;
}

let folder: string;
let collector: RunningCollector;
let receiver: Server;
let url: string;
let calls: Call[];
let answer = 200;

beforeAll(async () => {
	calls = [];
	receiver = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const header = (name: string) => String(request.headers[`webhook-${name}`]);
		const body = Buffer.concat(chunks).toString();
		calls.push({ id: header("id"), timestamp: header("timestamp"), signature: header("signature"), body });
		response.writeHead(answer).end();
	}).listen(0, "127.0.0.1");
	await once(receiver, "listening");
	url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
	folder = await mkdtemp(join(tmpdir(), "strand-webhooks-"));
	collector = await startCollector({ dataDir: folder, env: { WEBHOOK_PRIVATE_ADDRESSES: "1" } });
});
afterAll(async () => {
	await collector?.stop();
	receiver?.close();
	await rm(folder, { recursive: true, force: true });
});

async function put(settings: object, of = collector): Promise<{ status: number; body: string }> {
	const headers = authorise(of.keys.secret || collector.keys.secret);
	const answered = await fetch(`${of.url}/v1/settings`, { method: "PUT", headers, body: JSON.stringify(settings) });
	return { status: answered.status, body: await answered.text() };
}

async function status(
	of = collector,
): Promise<{ waiting: number; failing: number; delivered: number; dropped: number }> {
	const headers = authorise(collector.keys.read);
	return ((await (await fetch(`${of.url}/v1/status`, { headers })).json()) as { webhooks: never }).webhooks;
}

const order = (userId: string, id: string, timestamp?: string) => ({
	type: "track" as const,
	event: "Order Completed",
	userId,
	messageId: id,
	properties: { order_id: id, total: 12.5, currency: "EUR" },
	...(timestamp === undefined ? {} : { timestamp }),
});
const send = (...events: ReturnType<typeof order>[]) => postBatch(collector.url, collector.keys.secret, events);
const told = () => calls.map(({ body }) => JSON.parse(body).data.touchpoint.evidence[0]);

describe("a webhook", () => {
	it("is told of a conversion, signed so that the receiver can tell who calls", async () => {
		const { status: code, body } = await put({ webhooks: [{ url }] });
		expect(code).toBe(200);
		const [{ secret }] = JSON.parse(body).webhooks;
		expect(secret).toMatch(/^whsec_/);
		await postBatch(collector.url, collector.keys.secret, [{ type: "page", name: "Tea", userId: "ada" }]);
		await send(order("ada", "o-1"), order("ada", "o-old", new Date(Date.now() - 3600_000).toISOString()));
		await expect.poll(() => calls.length).toBe(1);
		const [call] = calls as [Call];
		const key = Buffer.from(secret.slice("whsec_".length), "base64");
		const text = `${call.id}.${call.timestamp}.${call.body}`;
		expect(call.signature).toBe(`v1,${createHmac("sha256", key).update(text).digest("base64")}`);
		expect(Math.abs(Date.now() / 1000 - Number(call.timestamp))).toBeLessThan(60);
		const { type, data } = JSON.parse(call.body);
		expect(type).toBe("goal.reached");
		expect(data).toMatchObject({ value: { amount: 1250, currency: "EUR" }, touchpoint: { evidence: ["o-1"] } });
		expect(data.identities).toContainEqual(expect.objectContaining({ kind: "userId", value: "ada" }));
		const profile = await fetch(`${collector.url}/v1/profiles?userId=ada`, { headers: authorise(collector.keys.read) });
		expect(await profile.json()).toMatchObject({ profileId: data.profileId });
	});

	it("shows its secret to nobody afterwards", async () => {
		const shown = await fetch(`${collector.url}/v1/settings`, { headers: authorise(collector.keys.read) });
		const { webhooks } = (await shown.json()) as { webhooks: object[] };
		expect(webhooks).toEqual([{ id: expect.any(String), url, goals: [], createdAt: expect.any(String) }]);
	});

	it("is called again over a refusal and kill -9, with the same id, and once it has answered never more", async () => {
		answer = 503;
		await send(order("ada", "o-2"));
		await expect.poll(() => told().filter((id) => id === "o-2").length).toBe(1);
		await collector.kill("SIGKILL");
		answer = 204;
		await collector.restart();
		await expect.poll(() => told().filter((id) => id === "o-2").length).toBe(2);
		await expect.poll(() => status()).toEqual({ waiting: 0, failing: 0, delivered: 2, dropped: 0 });
		// Folded anew by other rules, and told to another profile, it is the same conversion.
		expect((await put({ timeZone: "Asia/Shanghai" })).status).toBe(200);
		await postBatch(collector.url, collector.keys.secret, [{ type: "alias", userId: "zoe", previousId: "ada" }]);
		await settle(collector.url, collector.keys.read);
		await send(order("zoe", "o-3"));
		await expect.poll(() => told().includes("o-3")).toBe(true);
		expect(told().toSorted()).toEqual(["o-1", "o-2", "o-2", "o-3"]);
		expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
	});

	it("leads to no address inside, by its name or by where the name leads, unless that is allowed", async () => {
		await collector.stop();
		const strict = await startCollector({ dataDir: folder });
		try {
			for (const inside of [
				url,
				"https://127.0.0.1/",
				"https://[::1]/",
				"https://0x7f000001/",
				"https://localhost/",
				"https://printer.local/",
				"https://db/",
				"http://crm.example/",
				"https://user:pass@crm.example/",
				"file:///etc/passwd",
			]) {
				const { status: code, body } = await put({ webhooks: [{ url: inside }] }, strict);
				expect([code, JSON.parse(body).error.field], inside).toEqual([400, "webhooks.0.url"]);
			}
			// One that was allowed before is kept, and the runtime refuses the connection.
			const before = calls.length;
			await postBatch(strict.url, collector.keys.secret, [order("eve", "o-4")]);
			await settle(strict.url, collector.keys.read);
			await expect.poll(() => status(strict)).toMatchObject({ waiting: 1, failing: 1 });
			expect(calls.length).toBe(before);
		} finally {
			await strict.stop();
		}
	});
});
