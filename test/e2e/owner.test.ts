/** What the owner of a workspace may ask and change: who was known when, erasure, settings, what was lost on the way. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { nextMillisecond } from "../support/eventually.ts";

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

interface Profile extends JourneyRow {
	identities: { kind: string; value: string; hash: string }[];
	links: { rule: string; between: { kind: string; value: string | null }[] }[];
	refusals: { reason: string }[];
	traits: { [key: string]: unknown };
}

function call(path: string, key: string, init: RequestInit = {}): Promise<Response> {
	return fetch(collector.url + path, { ...init, headers: authorise(key), redirect: "manual" });
}

async function readJson<T>(path: string, key = collector.keys.read): Promise<T> {
	const response = await call(path, key);
	expect(response.status, path).toBe(200);
	return (await response.json()) as T;
}

/** Logs events as a server's and waits until chains show them. */
async function send(...events: WireEvent[]): Promise<void> {
	const answer = await postBatch(collector.url, collector.keys.secret, events);
	expect(answer.rejected).toEqual([]);
	await settle(collector.url, collector.keys.read);
}

/** Ids that no other test of this file has used. */
function names(): (name: string) => string {
	const run = randomUUID().slice(0, 8);
	return (name) => `${name}-${run}`;
}

const at = (minute: number) => new Date(Date.parse("2025-05-01T10:00:00Z") + minute * 60_000).toISOString();

function chainOf({ touchpoints }: JourneyRow): string[] {
	return touchpoints.map(({ evidence }) => evidence[0] ?? "");
}

describe("a profile as it was known on a date", () => {
	it("shows the two people that a later alias made one, each under the id of then", async () => {
		const id = names();
		await send(
			{ type: "page", anonymousId: id("A"), userId: id("old"), messageId: id("m1"), timestamp: at(0) },
			{ type: "page", anonymousId: id("B"), userId: id("new"), messageId: id("m2"), timestamp: at(60) },
		);
		const before = await readJson<Profile>(`/v1/profiles?userId=${id("old")}`);
		const known = new Date().toISOString();
		await nextMillisecond();
		await send({ type: "alias", userId: id("new"), previousId: id("old"), messageId: id("m3"), timestamp: at(120) });
		const merged = await readJson<Profile>(`/v1/profiles?userId=${id("old")}`);
		expect(chainOf(merged)).toEqual([id("m1"), id("m2")]);

		const alone = await readJson<Profile>(`/v1/profiles?userId=${id("new")}`);
		expect(alone.profileId).toBe(merged.profileId);
		const then = await readJson<Profile>(`/v1/profiles/${before.profileId}?asOf=${known}`);
		expect(then.profileId).toBe(before.profileId);
		expect(chainOf(then)).toEqual([id("m1")]);
	});

	it("tells the moments at which it changed, and the device of each contact", async () => {
		const id = names();
		const view = (device: string, message: string, minute: number): WireEvent => ({
			type: "page",
			anonymousId: id(device),
			userId: id("u"),
			messageId: id(message),
			timestamp: at(minute),
		});
		await send(view("A", "m1", 0));
		await send(view("B", "m2", 5), view("B", "m3", 6));
		await send({ type: "touch", channel: "store", name: "store_visited", userId: id("u"), timestamp: at(7) });
		const profile = await readJson<Profile>(`/v1/profiles?userId=${id("u")}`);
		const { known } = await readJson<{ known: { at: string; events: number }[] }>(
			`/v1/profiles/${profile.profileId}/known`,
		);
		expect(known.map(({ events }) => events)).toEqual([1, 2, 1]);
		const lengths: number[] = [];
		for (const { at: asOf } of known) {
			lengths.push((await readJson<Profile>(`/v1/profiles/${profile.profileId}?asOf=${asOf}`)).touchpoints.length);
		}
		expect(lengths).toEqual([1, 3, 4]);
		const devices = new Map(profile.identities.map(({ hash, value }) => [hash, value]));
		const lanes = profile.touchpoints.map(({ device }) => devices.get(String(device)));
		expect(lanes).toEqual([id("A"), id("B"), id("B"), undefined]);
		const [then] = known;
		const early = await readJson<Profile>(`/v1/profiles/${profile.profileId}?asOf=${then?.at}`);
		expect(early.touchpoints.map(({ device }) => devices.get(String(device)))).toEqual([id("A")]);
		expect((await call("/v1/profiles/nobody/known", collector.keys.read)).status).toBe(404);
	});

	it("knows nothing of a date before the first event, and refuses what is no date", async () => {
		const id = names();
		await send({ type: "page", userId: id("u"), messageId: id("m1"), timestamp: at(0) });
		const { profileId } = await readJson<Profile>(`/v1/profiles?userId=${id("u")}`);
		expect((await call(`/v1/profiles/${profileId}?asOf=2025-01-01`, collector.keys.read)).status).toBe(404);
		expect((await call(`/v1/profiles/${profileId}?asOf=yesterday`, collector.keys.read)).status).toBe(400);
	});
});

describe("erasure", () => {
	it("takes one person out of a shared browser and leaves the other whole", async () => {
		const id = names();
		const mail = `${id("jane")}@shop.example`;
		const late: WireEvent = { type: "page", anonymousId: id("D"), messageId: id("m3"), timestamp: at(2) };
		await send(
			{ type: "page", anonymousId: id("D"), messageId: id("m1"), timestamp: at(0) },
			{
				type: "identify",
				anonymousId: id("D"),
				userId: id("jane"),
				traits: { email: mail },
				messageId: id("m2"),
				timestamp: at(1),
			},
			late,
			{ type: "identify", anonymousId: id("D"), userId: id("mary"), messageId: id("m4"), timestamp: at(200) },
			{ type: "page", anonymousId: id("D"), messageId: id("m5"), timestamp: at(201) },
			{ type: "track", event: "call", traits: { email: mail }, messageId: id("m6"), timestamp: at(400) },
		);
		const jane = await readJson<Profile>(`/v1/profiles?userId=${id("jane")}`);
		const mary = await readJson<Profile>(`/v1/profiles?userId=${id("mary")}`);

		expect((await call(`/v1/profiles/${jane.profileId}`, collector.keys.read, { method: "DELETE" })).status).toBe(403);
		const answer = await call(`/v1/profiles/${jane.profileId}`, collector.keys.secret, { method: "DELETE" });
		expect(answer.status).toBe(202);
		const { receipt } = (await answer.json()) as { receipt: string };
		await settle(collector.url, collector.keys.read);
		expect(await readJson(`/v1/erasures/${receipt}`)).toEqual({ receipt, status: "done" });

		// A late copy is answered like any event and stays out.
		await send(late);
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		const left = rows.filter(({ messageId }) => messageId.endsWith(id(""))).map(({ messageId }) => messageId);
		expect(left.sort()).toEqual([id("m4"), id("m5")]);
		expect(JSON.stringify(rows)).not.toContain(mail);
		for (const path of [`/v1/profiles/${jane.profileId}`, `/v1/profiles?email=${mail}`]) {
			expect((await call(path, collector.keys.read)).status).toBe(404);
		}
		expect(await readJson<Profile>(`/v1/profiles?userId=${id("mary")}`)).toEqual(mary);
	});
});

describe("settings", () => {
	it("are applied to history: goals, stages, and where visits come from", async () => {
		const id = names();
		const context = { page: { url: "https://shop.example/", referrer: "https://find.corp.example/?q=tea" } };
		await send({ type: "page", userId: id("u"), messageId: id("m1"), timestamp: at(0), context });
		const path = `/v1/profiles?userId=${id("u")}`;
		type Told = Profile & { stage?: string; conversions: object[] };
		const before = await readJson<Told>(path);
		expect(before.conversions).toEqual([]);
		expect(before.touchpoints).toMatchObject([{ traffic: "Referral", source: "find.corp.example" }]);
		const journey = {
			goals: [{ name: "seen", match: { type: ["page_viewed"] } }],
			stages: [{ match: { type: ["page_*"] }, stage: "loyalty" }],
			sources: [{ name: "Corp Finder", category: "search", hosts: ["corp.example"] }],
		};
		const answer = await call("/v1/settings", collector.keys.secret, {
			method: "PUT",
			body: JSON.stringify({ journey }),
		});
		expect(answer.status).toBe(200);
		await settle(collector.url, collector.keys.read);
		const after = await readJson<Told>(path);
		expect(after.conversions).toMatchObject([{ goal: "seen" }]);
		expect(after.stage).toBe("loyalty");
		expect(after.touchpoints).toMatchObject([{ traffic: "Organic Search", source: "corp finder", stage: "loyalty" }]);
	});

	it("name the field that is wrong", async () => {
		const bad = { journey: { goals: [{ name: "g", match: {} }] } };
		const answer = await call("/v1/settings", collector.keys.secret, { method: "PUT", body: JSON.stringify(bad) });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ error: { code: "bad_field", field: "journey.goals.0.match" } });
		expect((await call("/v1/settings", collector.keys.read, { method: "PUT", body: "{}" })).status).toBe(403);
	});
});

describe("delivery health", () => {
	it("counts what the script numbered and never arrived, until it does", async () => {
		const id = names();
		const numbered = (seq: number): WireEvent => ({
			type: "page",
			anonymousId: id("A"),
			messageId: id(`m${seq}`),
			timestamp: at(seq),
			context: { strand: { tab: id("t"), seq, version: "0.0.0" } },
		});
		type Status = { delivery: { duplicates: number; numbered: number; lost: number } };
		const before = (await readJson<Status>("/v1/status")).delivery;
		const since = async () => {
			const { duplicates, numbered: all, lost } = (await readJson<Status>("/v1/status")).delivery;
			return [all - before.numbered, lost - before.lost, duplicates - before.duplicates];
		};
		await send(numbered(1), numbered(2), numbered(5));
		expect(await since()).toEqual([5, 2, 0]);
		await send(numbered(3), numbered(5));
		expect(await since()).toEqual([5, 1, 1]);
	});

	it("takes nothing for lost where a tab goes on under another device id, and counts a gap on either side", async () => {
		const id = names();
		const numbered = (device: string, seq: number): WireEvent => ({
			type: "page",
			anonymousId: id(device),
			messageId: id(`m${seq}`),
			timestamp: at(seq),
			context: { strand: { device: id("A"), tab: id("t"), seq, version: "0.0.0" } },
		});
		type Status = { delivery: { numbered: number; lost: number } };
		const before = (await readJson<Status>("/v1/status")).delivery;
		const since = async () => {
			const { numbered: all, lost } = (await readJson<Status>("/v1/status")).delivery;
			return [all - before.numbered, lost - before.lost];
		};
		await send(numbered("A", 1), numbered("A", 2), numbered("A", 3), numbered("B", 5), numbered("B", 6));
		expect(await since()).toEqual([5, 0]);
		await send(numbered("B", 4), numbered("B", 8), numbered("A", 3));
		expect(await since()).toEqual([8, 1]);
		await send(numbered("B", 7));
		expect(await since()).toEqual([8, 0]);
	});

	it("counts what the script says it dropped and set aside once, however often and by whatever way it is told", async () => {
		const id = names();
		const numbered = (seq: number): object => ({
			type: "page",
			anonymousId: id("A"),
			messageId: id(`m${seq}`),
			context: { strand: { tab: id("t"), seq, version: "0.0.0" } },
		});
		const report = async (
			batch: object[],
			attempt: number,
			evicted: number,
			setAside: number,
			tab?: string,
		): Promise<void> => {
			const delivery = { attempt, ageMs: 5, library: "strand.js/0.0.0", evicted, setAside, tab };
			const body = JSON.stringify({ batch, delivery });
			const answer = await call("/v1/batch", collector.keys.write, { method: "POST", body });
			expect(answer.status).toBe(200);
		};
		type Told = { retries: number; evicted: number; setAside: number };
		const readTold = async () => (await readJson<{ delivery: Told }>("/v1/status")).delivery;
		const before = await readTold();
		const since = async () => {
			const now = await readTold();
			return [now.retries - before.retries, now.evicted - before.evicted, now.setAside - before.setAside];
		};
		await report([numbered(1)], 1, 0, 0);
		expect(await since()).toEqual([0, 0, 0]);
		await report([numbered(4), numbered(5)], 1, 2, 1);
		expect(await since()).toEqual([0, 2, 1]);
		// The answer was lost; meanwhile one more was dropped.
		await report([numbered(4), numbered(5), numbered(6)], 2, 3, 1);
		expect(await since()).toEqual([1, 3, 1]);
		// What a crash sends: the running reading time stands first, and the count is an older one.
		await report([{ type: "track", event: "Page Engaged", anonymousId: id("A") }, numbered(4)], 3, 2, 1);
		expect(await since()).toEqual([2, 3, 1]);
		// Answered: the next batch tells of what came since, even if its own event is refused.
		await report([{ ...numbered(8), type: "odd" }], 1, 1, 0);
		expect(await since()).toEqual([2, 4, 1]);
		// A page that names itself tells totals, with whatever events: its own, and those of a page that died.
		await report([numbered(9)], 1, 2, 0, id("one"));
		await report([numbered(10)], 1, 5, 2, id("dead"));
		await report([numbered(11)], 1, 5, 2, id("dead"));
		await report([numbered(12)], 1, 3, 0, id("one"));
		expect(await since()).toEqual([2, 4 + 3 + 5, 1 + 2]);
		const metrics = await (await call("/metrics", collector.keys.secret)).text();
		const { retries, evicted, setAside } = await readTold();
		expect(metrics).toMatch(new RegExp(`^strand_retries_total\\{.*\\} ${retries}$`, "m"));
		expect(metrics).toMatch(new RegExp(`^strand_evicted_total\\{.*\\} ${evicted}$`, "m"));
		expect(metrics).toMatch(new RegExp(`^strand_set_aside_total\\{.*\\} ${setAside}$`, "m"));
	});
});

describe("one messageId in two streams", () => {
	type Status = { delivery: { sameMessageIds: number } };
	const count = async () => (await readJson<Status>("/v1/status")).delivery.sameMessageIds;

	it("is shown once in its person's chain and counted, until an unlink parts the two", async () => {
		const id = names();
		const view = (device: string, minute: number): WireEvent => ({
			type: "page",
			anonymousId: id(device),
			userId: id(`user-${device}`),
			messageId: id("same"),
			timestamp: at(minute),
		});
		const before = await count();
		await send(view("A", 1), view("B", 2));
		expect(await count()).toBe(before);
		await send({
			type: "alias",
			userId: id("user-A"),
			previousId: id("user-B"),
			messageId: id("m3"),
			timestamp: at(3),
		});
		expect(await count()).toBe(before + 1);
		const ids = [{ userId: id("user-A") }, { userId: id("user-B") }];
		await send({ type: "unlink", ids, messageId: id("m4"), timestamp: at(4) } as WireEvent);
		expect(await count()).toBe(before);
	});
});

describe("who sends", () => {
	interface Answer {
		keys: { id: string; kind: string; name: string }[];
		senders: { day: string; key: string; library: string; events: number; refused: number; lastAt: string }[];
	}

	it("is counted by key and library, refused events apart", async () => {
		const made = await call("/v1/keys", collector.keys.secret, {
			method: "POST",
			body: JSON.stringify({ kind: "write", name: "till" }),
		});
		const { key, id: keyId } = (await made.json()) as { key: string; id: string };
		const id = names();
		const view = (strand: object): WireEvent => ({ type: "page", anonymousId: id("A"), context: strand as never });
		const { receivedAt } = await postBatch(collector.url, key, [
			view({ strand: { version: "9.9.9" } }),
			view({ strand: { version: "9.9.9" } }),
			view({ library: { name: "till\u0007-app", version: "2" } }),
			{ type: "odd" } as never,
		]);
		const { keys, senders } = await readJson<Answer>("/v1/senders");
		expect(keys.find((one) => one.id === keyId)).toMatchObject({ kind: "write", name: "till" });
		const own = senders.filter((one) => one.key === keyId);
		const today = receivedAt.slice(0, 10);
		expect(own.map(({ day, library, events, refused }) => [day, library, events, refused])).toEqual([
			[today, "", 0, 1],
			[today, "strand.js 9.9.9", 2, 0],
			[today, "till-app 2", 1, 0],
		]);
		expect(JSON.stringify(keys)).not.toContain(key);
	});

	it("is told when a page's origin or a revoked key keeps everything out", async () => {
		const make = async (body: object) =>
			(await (
				await call("/v1/keys", collector.keys.secret, {
					method: "POST",
					body: JSON.stringify({ kind: "write", ...body }),
				})
			).json()) as { key: string; id: string };
		const [limited, revoked] = [await make({ origins: ["https://shop.example"] }), await make({ name: "old" })];
		await call(`/v1/keys/${revoked.id}`, collector.keys.secret, { method: "DELETE" });
		const knock = async (key: string, origin: string) =>
			(
				await fetch(`${collector.url}/v1/batch?writeKey=${key}`, {
					method: "POST",
					headers: { origin },
					body: '{"batch": [{"type": "page", "anonymousId": "a"}]}',
				})
			).status;
		for (let times = 0; times < 3; times++) {
			expect(await knock(limited.key, "https://other.example")).toBe(403);
			expect(await knock(revoked.key, "https://shop.example")).toBe(401);
		}
		type Rejections = { rejections: { code: string; message: string; bytes?: string }[] };
		await expect
			.poll(async () => {
				const { rejections } = await readJson<Rejections>("/v1/rejections");
				return rejections
					.filter(({ bytes }) => bytes?.startsWith("Origin"))
					.map(({ code, message, bytes }) => [code, /#(\w+)/.exec(message)?.[1], bytes])
					.sort();
			})
			.toEqual([
				["origin_not_allowed", limited.id, "Origin: https://other.example"],
				["unknown_key", revoked.id, "Origin: https://shop.example"],
			]);
	});
});

describe("the id cookie", () => {
	const post = (query: string, origin: string, cookie = "", event: WireEvent = { type: "page" }) =>
		fetch(`${collector.url}/v1/batch?writeKey=${collector.keys.write}${query}`, {
			method: "POST",
			headers: { origin, cookie },
			body: JSON.stringify({ batch: [{ ...event, anonymousId: "a visitor" }] }),
		});

	it("is renewed for a page on the collector's own host that asks", async () => {
		const answer = await post("&cookie=", collector.url);
		expect(answer.headers.get("set-cookie")).toBe("strand_id=a%20visitor; Path=/; Max-Age=34560000; SameSite=Lax");
		expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
		const known = await post("&cookie=", collector.url, "other=1; strand_id=a%20visitor");
		expect(known.headers.get("set-cookie")).toBe(answer.headers.get("set-cookie"));
		// Who asks must be able to read a refusal too.
		const refused = await post("x&cookie=", collector.url);
		expect([refused.status, refused.headers.get("access-control-allow-credentials")]).toEqual([401, "true"]);
	});

	it("brings nobody back: not whom the batch takes leave of, and not another than the browser has by now", async () => {
		const farewells: WireEvent[] = [
			{ type: "reset" },
			{ type: "consent", traits: { analytics: false, stitching: false } },
			{ type: "consent", traits: { analytics: true, stitching: false } },
		];
		for (const farewell of farewells) {
			expect((await post("&cookie=", collector.url, "", farewell)).headers.get("set-cookie")).toBeNull();
		}
		const agreed: WireEvent = { type: "consent", traits: { analytics: true, stitching: true } };
		expect((await post("&cookie=", collector.url, "", agreed)).headers.get("set-cookie")).toContain("a%20visitor");
		expect((await post("&cookie=", collector.url, "strand_id=another")).headers.get("set-cookie")).toBeNull();
	});

	it("is set for nobody else", async () => {
		expect((await post("", collector.url)).headers.get("set-cookie")).toBeNull();
		expect((await post("&cookie=", "https://other.example")).headers.get("set-cookie")).toBeNull();
		expect((await post("&cookie=other.example", "https://www.other.example")).headers.get("set-cookie")).toBeNull();
	});
});

describe("a tracking plan", () => {
	it("counts what differs from it, refuses nothing, and folds nothing again", async () => {
		const id = names();
		const plan = { events: { [id("Order")]: { required: ["total"], properties: { total: { type: "number" } } } } };
		const secret = (method: string, body = "") =>
			call("/v1/plan", collector.keys.secret, { method, ...(body === "" ? {} : { body }) });
		const { version } = await readJson<{ version: number }>("/v1/settings");
		expect((await secret("PUT", JSON.stringify(plan))).status).toBe(200);
		const order = (properties: Record<string, string | number>): WireEvent => ({
			type: "track",
			event: id("Order"),
			userId: id("u"),
			messageId: randomUUID(),
			properties,
		});
		await send(order({ total: 1 }), order({ total: "much" }), order({}), order({}));
		await send(order({}), { type: "touch", channel: "phone", name: id("call"), userId: id("u") });
		const { warnings } = await readJson<{ warnings: Record<string, unknown>[] }>("/v1/plan/warnings");
		expect(warnings.map(({ event, problem, property, count }) => [event, problem, property, count])).toEqual([
			[id("Order"), "required", "total", 3],
			[id("Order"), "type", "total", 1],
			[id("call"), "unknown_event", "", 1],
		]);
		expect(JSON.stringify(warnings)).not.toContain("much");
		expect(chainOf(await readJson<Profile>(`/v1/profiles?userId=${id("u")}`))).toHaveLength(6);
		expect((await readJson<{ version: number }>("/v1/settings")).version).toBe(version);
		expect((await secret("DELETE")).status).toBe(204);
		await send(order({}));
		expect((await readJson<{ warnings: unknown[] }>("/v1/plan/warnings")).warnings).toEqual(warnings);
		expect((await call("/v1/plan", collector.keys.read, { method: "PUT", body: "{}" })).status).toBe(403);
	});
});
