/** What was joined can be parted again without a trace, and what was merged away leads to its heir. */
import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type JourneyRow, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

interface Profile extends JourneyRow {
	evidence: { identifier: { kind: string; value: string }; rule: string; messageId: string; timestamp: string }[];
	links: { rule: string; messageId: string }[];
	refusals: { rule: string; reason: string; messageId: string; between: { kind: string; value: string | null }[] }[];
}

let collector: RunningCollector;
beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

/** Ids that no other test of this file has used. */
function names(): (name: string) => string {
	const run = randomUUID().slice(0, 8);
	return (name) => `${name}-${run}`;
}

const at = (minute: number) => new Date(Date.parse("2025-05-01T10:00:00Z") + minute * 60_000).toISOString();

async function send(...events: WireEvent[]): Promise<void> {
	const { rejected } = await postBatch(collector.url, collector.keys.secret, events);
	expect(rejected).toEqual([]);
	await settle(collector.url, collector.keys.read);
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
	return fetch(collector.url + path, { redirect: "manual", headers: authorise(collector.keys.secret), ...init });
}

async function read(query: string): Promise<Profile> {
	const response = await ask(`/v1/profiles?${query}`);
	expect(response.status, query).toBe(200);
	return (await response.json()) as Profile;
}

const chainOf = ({ touchpoints }: JourneyRow) => touchpoints.map(({ evidence }) => evidence[0] ?? "");
const digest = (profiles: Profile[]) => createHash("sha256").update(JSON.stringify(profiles)).digest("hex");

/** Two people on two devices, each with a page that nobody was named on. */
function twoPeople(id: (name: string) => string): WireEvent[] {
	return [
		{ type: "identify", anonymousId: id("A"), userId: id("a"), messageId: id("m1"), timestamp: at(0) },
		{ type: "page", anonymousId: id("A"), messageId: id("m2"), timestamp: at(1) },
		{ type: "page", anonymousId: id("B"), messageId: id("m3"), timestamp: at(2) },
		{ type: "page", anonymousId: id("B"), userId: id("b"), messageId: id("m4"), timestamp: at(200) },
	];
}

const anon = (id: string) => ({ anonymousId: id });

describe("an unlink", () => {
	it.each([
		[
			"an alias",
			(id: (name: string) => string): [WireEvent, WireEvent] => [
				{ type: "alias", userId: id("a"), previousId: id("b"), messageId: id("s1"), timestamp: at(300) },
				{ type: "unlink", ids: [{ userId: id("a") }, { userId: id("b") }], messageId: id("s2"), timestamp: at(301) },
			],
		],
		[
			"a link",
			(id: (name: string) => string): [WireEvent, WireEvent] => [
				{ type: "link", anonymousId: id("B"), previousId: id("A"), messageId: id("s1"), timestamp: at(300) },
				{ type: "unlink", ids: [anon(id("A")), anon(id("B"))], messageId: id("s2"), timestamp: at(301) },
			],
		],
	])("after %s leaves both chains, by hash, as if it had never been said", async (_name, statements) => {
		const id = names();
		const [join, part] = statements(id);
		await send(...twoPeople(id));
		const both = () => Promise.all([read(`userId=${id("a")}`), read(`userId=${id("b")}`)]);
		const before = await both();
		await send(join);
		const [a, b] = await both();
		expect([...new Set([...chainOf(a), ...chainOf(b)])].sort()).toEqual([id("m2"), id("m3"), id("m4")]);
		expect(digest([a, b])).not.toBe(digest(before));
		await send(part);
		expect(digest(await both())).toBe(digest(before));
	});

	it("of a user and a mail leaves the chains that there would be had the events lacked that trait", async () => {
		const [wrong, never] = [names(), names()];
		const story = (id: (name: string) => string, traits: object): WireEvent[] => [
			{ type: "identify", anonymousId: id("A"), userId: id("a"), messageId: id("m1"), timestamp: at(0), ...traits },
			{ type: "page", anonymousId: id("A"), messageId: id("m2"), timestamp: at(1) },
			{
				type: "touch",
				channel: "email",
				name: "email_opened",
				traits: { email: `${id("mail")}@x.example` },
				messageId: id("m3"),
				timestamp: at(60),
			},
		];
		await send(...story(wrong, { traits: { email: `${wrong("mail")}@x.example` } }), ...story(never, {}));
		expect(chainOf(await read(`userId=${wrong("a")}`))).toEqual([wrong("m2"), wrong("m3")]);
		await send({
			type: "unlink",
			ids: [{ userId: wrong("a") }, { email: `${wrong("mail")}@x.example` }],
			messageId: wrong("s1"),
			timestamp: at(300),
		});
		for (const id of [wrong, never]) {
			expect(chainOf(await read(`userId=${id("a")}`))).toEqual([id("m2")]);
			expect(chainOf(await read(`email=${id("mail")}@x.example`))).toEqual([id("m3")]);
		}
		const { refusals } = await read(`userId=${wrong("a")}`);
		expect(refusals).toMatchObject([{ rule: "server", reason: "unlinked", messageId: wrong("m1") }]);
	});
});

describe("a profile's reasons", () => {
	it("are an event, a rule and a time for every identifier, and the same for what was refused", async () => {
		const id = names();
		const mail = `${id("mail")}@x.example`;
		await send(
			{ type: "page", anonymousId: id("A"), messageId: id("m1"), timestamp: at(0) },
			{ type: "identify", anonymousId: id("A"), userId: id("a"), messageId: id("m2"), timestamp: at(1) },
			{
				type: "track",
				event: "order",
				userId: id("a"),
				traits: { email: mail },
				messageId: id("m3"),
				timestamp: at(9),
			},
			{ type: "identify", userId: id("b"), traits: { email: mail }, messageId: id("m4"), timestamp: at(60) },
		);
		const profile = await read(`userId=${id("a")}`);
		const kinds = profile.identities.map(({ kind }) => kind).sort();
		expect(kinds).toEqual(["anonymousId", "email", "userId"]);
		expect([...new Set(profile.evidence.map(({ identifier }) => identifier.kind))].sort()).toEqual(kinds);
		expect(profile.evidence).toContainEqual(
			expect.objectContaining({
				identifier: expect.objectContaining({ kind: "email", value: mail }),
				rule: "server",
				messageId: id("m3"),
				timestamp: at(9),
			}),
		);
		expect(profile.refusals).toMatchObject([{ rule: "server", reason: "two_user_ids", messageId: id("m4") }]);
	});
});

describe("the id of a profile that was merged away", () => {
	it("answers 301 to its heir, whether a user's or a device's, and 404 once the heir is erased", async () => {
		const id = names();
		await send(
			{ type: "page", anonymousId: id("A"), messageId: id("m1"), timestamp: at(0) },
			{ type: "track", event: "order", userId: id("a"), messageId: id("m2"), timestamp: at(5) },
			{ type: "track", event: "order", userId: id("b"), messageId: id("m3"), timestamp: at(6) },
		);
		const old = await Promise.all(
			[`anonymousId=${id("A")}`, `userId=${id("a")}`, `userId=${id("b")}`].map(
				async (query) => (await read(query)).profileId,
			),
		);
		expect(new Set(old).size).toBe(3);
		await send(
			{ type: "identify", anonymousId: id("A"), userId: id("a"), messageId: id("m4"), timestamp: at(7) },
			{ type: "alias", userId: id("b"), previousId: id("a"), messageId: id("s1"), timestamp: at(8) },
		);
		const { profileId: heir, ...profile } = await read(`userId=${id("a")}`);
		expect(chainOf({ profileId: heir, ...profile })).toEqual([id("m1"), id("m2"), id("m3")]);
		for (const profileId of old.filter((one) => one !== heir)) {
			const response = await ask(`/v1/profiles/${profileId}`);
			expect(response.status).toBe(301);
			expect(response.headers.get("location")).toBe(`/v1/profiles/${heir}`);
			expect(response.headers.get("cache-control")).toContain("no-store");
		}
		expect((await ask(`/v1/profiles/${heir}`, { method: "DELETE" })).status).toBe(202);
		await settle(collector.url, collector.keys.read);
		for (const profileId of [heir, ...old]) expect((await ask(`/v1/profiles/${profileId}`)).status).toBe(404);
	});

	it("answers 301 for a stretch that a reset opened, 200 again once it is parted, and 404 once its heir is erased", async () => {
		const id = names();
		const [device, user] = [id("A"), id("a")];
		await send(
			{ type: "page", anonymousId: device, messageId: id("m1"), timestamp: at(0) },
			{ type: "reset", anonymousId: device, messageId: id("r1"), timestamp: at(40) },
			{ type: "page", anonymousId: device, messageId: id("m2"), timestamp: at(80) },
		);
		const { profileId: stretch } = await read(`anonymousId=${device}`);
		const cursor = (await ask("/v1/journeys?changedSince=")).headers.get("x-strand-cursor") ?? "";
		await send({ type: "identify", anonymousId: device, userId: user, messageId: id("m3"), timestamp: at(85) });
		const { profileId: heir, ...profile } = await read(`userId=${user}`);
		expect(chainOf({ profileId: heir, ...profile })).toContain(id("m2"));
		expect(chainOf({ profileId: heir, ...profile })).not.toContain(id("m1"));
		const answer = await ask(`/v1/profiles/${stretch}`);
		expect(answer.status).toBe(301);
		expect(answer.headers.get("location")).toBe(`/v1/profiles/${heir}`);
		const feed = await (await ask(`/v1/journeys?changedSince=${cursor}`)).text();
		expect(feed).toContain(JSON.stringify({ profileId: stretch, gone: "merged", into: heir }));

		await send({ type: "unlink", ids: [{ userId: user }, anon(device)], messageId: id("s1"), timestamp: at(90) });
		const parted = await ask(`/v1/profiles/${stretch}`);
		expect(parted.status).toBe(200);
		expect(chainOf((await parted.json()) as Profile)).toEqual([id("m2")]);
		await send({
			type: "alias",
			userId: user,
			previousId: device,
			anonymousId: device,
			messageId: id("s2"),
			timestamp: at(91),
		});
		expect((await ask(`/v1/profiles/${stretch}`)).headers.get("location")).toBe(`/v1/profiles/${heir}`);

		expect((await ask(`/v1/profiles/${heir}`, { method: "DELETE" })).status).toBe(202);
		await settle(collector.url, collector.keys.read);
		for (const profileId of [heir, stretch]) expect((await ask(`/v1/profiles/${profileId}`)).status).toBe(404);
	});
});
