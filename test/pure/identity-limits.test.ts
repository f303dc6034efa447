/** Rules 8 to 11, 13, 14 and 16: both sides of each limit, and the order in which identifiers are joined. */
import { describe, expect, it } from "vitest";
import { resolveClusters } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { answer, at, hash, node, together } from "./identity-answer.ts";
import type { Sent } from "./identity-history.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const phone = (index: number) => `1391111${String(1000 + index)}`;
const crm = (...ids: (string | number)[]) => ids.map((id) => ({ type: "crm", id: `c${id}` }));
const log = (...sents: Partial<Sent>[]) => sents.map((sent, index) => at(index, `m${index}`, sent));
const reasons = (events: LoggedEvent[]) =>
	answer(events).clusters.refusals.map(({ reason, kind }) => (kind ? `${reason} ${kind}` : reason));
const sharedKinds = (events: LoggedEvent[]) => [...answer(events).clusters.sharedNodes].map((id) => id.split("=")[0]);

describe("a shared identifier", () => {
	const around = (users: number) =>
		range(users).map((index) => at(index, `m${index}`, { userId: `u${index}`, traits: { email: "e@x.cn" } }));
	const opened = at(1000, "opened", { traits: { email: "e@x.cn" } });

	it("is one beside 3 users, not beside 2", () => {
		expect(sharedKinds(around(2))).toEqual([]);
		expect(together([...around(2), opened])).toEqual(["m0", "m1 opened"]);
		expect(sharedKinds(around(3))).toEqual(["email"]);
		expect(together([...around(3), opened])).toEqual(["m0", "m1", "m2", "opened"]);
	});

	it("has its own profile, named by itself", () => {
		const { placed } = answer([...around(3), opened]);
		const [id] = [...answer([...around(3), opened]).clusters.sharedNodes];
		expect(placed.find((item) => item.messageId === "opened")?.profileId).toBe(id?.slice(-22));
	});

	it("is none where the users are aliased to each other", () => {
		const aliased = [
			...around(3),
			at(50, "x", { type: "alias", userId: "u0", previousId: "u1" }),
			at(51, "y", { type: "alias", userId: "u1", previousId: "u2" }),
		];
		expect(sharedKinds(aliased)).toEqual([]);
		expect(together([...aliased, opened])).toEqual(["m0 m1 m2 opened"]);
	});

	it("is claimed by its device where there is one", () => {
		const onDevice = at(1001, "page", { anonymousId: "A", traits: { email: "e@x.cn" } });
		const login = at(1005, "login", { anonymousId: "A", userId: "u9" });
		expect(together([...around(3), onDevice, login])).toEqual(["login page", "m0", "m1", "m2"]);
	});

	it.each([
		[100, []],
		[101, ["userId"]],
	])("may be a userId: beside %i others", (others, kinds) => {
		const events = range(others).map((index) =>
			at(index, `m${index}`, { userId: "admin", externalIds: [{ type: `type${index}`, id: "1" }] }),
		);
		expect(sharedKinds(events)).toEqual(kinds);
	});

	it("that is a userId gives an event to the other identifier that it carries, and aliases of it join nothing", () => {
		const busy = range(101).map((index) =>
			at(index, `m${index}`, { userId: "admin", externalIds: [{ type: `type${index}`, id: "1" }] }),
		);
		const alias = at(500, "alias", { type: "alias", userId: "admin", previousId: "u1" });
		const device = at(501, "device", { type: "alias", userId: "admin", anonymousId: "A", previousId: "A" });
		const rest = [
			at(600, "user", { userId: "u1" }),
			at(700, "only", { userId: "admin" }),
			at(500, "page", { anonymousId: "A" }),
		];
		const { placed, clusters } = answer([...busy, alias, device, ...rest]);
		const profile = (messageId: string) => placed.find((item) => item.messageId === messageId)?.profileId;
		expect(profile("m0")).toBe(hash("ext:type0", "1"));
		expect(profile("only")).toBe(hash("userId", "admin"));
		expect(profile("user")).toBe(hash("userId", "u1"));
		expect(profile("page")).toBe(hash("anonymousId", "A"));
		expect(clusters.links).toEqual([]);
	});
});

describe("a type limit", () => {
	const traitsOf = (name: string, value: (index: number) => string) => (count: number) =>
		log(...range(count).map((index) => ({ userId: "u", traits: { [name]: value(index) } })));

	it.each([
		["email", 5, traitsOf("email", (index) => `m${index}@x.cn`)],
		["phone", 5, traitsOf("phone", phone)],
		["unionid", 2, traitsOf("unionid", (index) => `U${index}`)],
		["ext:crm", 5, (count: number) => log(...range(count).map((index) => ({ userId: "u", externalIds: crm(index) })))],
		[
			"openid",
			10,
			(count: number) =>
				log(
					...range(count).map((index) => ({
						userId: "u",
						traits: { openid: `o${index}`, openidAppId: `wx${index % 3}` },
					})),
				),
		],
	])("of %s lets %i in and refuses the next", (name, most, make) => {
		expect(reasons(make(most))).toEqual([]);
		expect(reasons(make(most + 1))).toEqual([`type_limit ${name}`]);
		expect(answer(make(most + 1)).clusters.members.size).toBe(2);
	});

	it("holds for each external type by itself", () => {
		const sents = range(5).flatMap((index) => [
			{ userId: "u", externalIds: crm(index) },
			{ userId: "u", externalIds: [{ type: "erp", id: String(index) }] },
		]);
		expect(reasons(log(...sents))).toEqual([]);
	});

	it.each([
		[100, []],
		[101, ["id_limit"]],
	])("in all: %i ids", (ids, wanted) => {
		// A chain through external ids of ever new types, so that none stands beside many.
		const sents = range(ids - 1).map((index) => ({
			externalIds: [
				{ type: `t${1000 + index}`, id: "1" },
				{ type: `t${1001 + index}`, id: "1" },
			],
		}));
		expect(reasons(log(...sents))).toEqual(wanted);
	});

	it("of ids in all holds for aliases too", () => {
		const aliases = range(100).map((index) => ({
			type: "alias" as const,
			userId: `u${index}`,
			previousId: `u${index + 1}`,
		}));
		expect(reasons(log(...aliases))).toEqual(["id_limit"]);
	});
});

describe("joining", () => {
	it("takes aliases first, then what servers say, then what browsers say, each by time", () => {
		const email = { email: "e@x.cn" };
		const events = [
			at(1, "public", { userId: "p", traits: email }, "public"),
			at(2, "server", { userId: "s", traits: email }),
			at(3, "only", { traits: email }),
		];
		expect(together(events)).toEqual(["only server", "public"]);
		expect(together([at(0, "first", { userId: "f", traits: email }), ...events.slice(1)])).toEqual([
			"first",
			"only server",
		]);
		expect(answer(events).clusters.refusals.map((refusal) => [refusal.rule, refusal.reason])).toEqual([
			["public", "two_user_ids"],
		]);
	});

	it("counts a claim among the server's from its first server event on, however early its first public one", () => {
		const email = { email: "e@x.cn" };
		const events = [
			at(1, "a1", { anonymousId: "A", userId: "a", traits: email }, "public"),
			at(9, "a2", { anonymousId: "A", userId: "a", traits: email }),
			at(5, "b", { anonymousId: "B", userId: "b", traits: email }),
		];
		expect(answer(events).clusters.links.map((link) => [link.rule, link.at.m])).toEqual([["server", "b"]]);
	});

	it("names each pair once, by the best evidence for it", () => {
		const both = { userId: "u", traits: { email: "e@x.cn" } };
		const events = [at(1, "browser", both, "public"), at(99, "server", both), at(150, "again", both)];
		const more = [at(0, "elsewhere", { anonymousId: "A", ...both }, "public")];
		expect(answer([...events, ...more]).clusters.links.map((link) => [link.rule, link.at.m])).toEqual([
			["server", "server"],
		]);
	});

	it("hangs all of a claim on its best identifier", () => {
		const { links } = answer(
			log({ externalIds: crm(1), traits: { email: "e@x.cn", phone: "13911112222", unionid: "U" } }),
		).clusters;
		const hub = node("ext:crm", "c1");
		expect(links).toHaveLength(3);
		expect(links.every((link) => link.a === hub || link.b === hub)).toBe(true);
	});

	it("never puts an unlinked pair together, also by way of others", () => {
		const events = [
			at(0, "a", { userId: "u", traits: { email: "e@x.cn" } }),
			at(1, "b", { traits: { email: "e@x.cn", phone: "13911112222" } }),
			at(2, "c", { traits: { phone: "13911112222" } }),
		];
		expect(together(events)).toEqual(["a b c"]);
		const unlink = at(9, "x", { type: "unlink", ids: [{ userId: "u" }, { phone: "13911112222" }] });
		expect(reasons([...events, unlink])).toEqual(["unlinked"]);
		expect(together([...events, unlink])).toEqual(["a", "b c"]);
	});

	it("names a profile by the smallest identifier of its best type, whichever came first", () => {
		const events = log(
			{ userId: "a" },
			{ userId: "b", traits: { email: "e@x.cn" } },
			{ type: "alias", userId: "a", previousId: "b" },
		);
		const wanted = [hash("userId", "a"), hash("userId", "b")].sort()[0];
		expect([...answer(events).clusters.members.keys()]).toEqual([wanted]);
	});
});

describe("a contested identifier", () => {
	it("belongs to the first before all, and to each from its claim on", () => {
		const email = { email: "e@x.cn" };
		const events = [
			at(-100, "a", { traits: email }),
			at(10, "b", { userId: "u", traits: email }),
			at(20, "c", { userId: "v", traits: email }),
		];
		const opened = (messageId: string) => at(20, messageId, { traits: email });
		expect(together([...events, opened("b2")])).toEqual(["a b b2", "c"]);
		expect(together([...events, opened("d")])).toEqual(["a b", "c d"]);
		// Where no device is there is no visit: each event by itself.
		expect(together([...events, opened("b2"), opened("d")])).toEqual(["a b b2", "c d"]);
		expect([...answer(events).clusters.contested.values()][0]?.map((entry) => entry.at.m)).toEqual(["b", "c"]);
	});

	it("that one side never got is that side's only where another claims it too", () => {
		const unlink = at(9, "x", { type: "unlink", ids: [{ userId: "u" }, { email: "e@x.cn" }] });
		const opened = at(5, "opened", { traits: { email: "e@x.cn" } });
		const claim = at(1, "u", { userId: "u", traits: { email: "e@x.cn" } });
		expect(together([claim, opened, unlink])).toEqual(["opened", "u"]);
		expect(together([claim, opened, unlink, at(6, "v", { userId: "v", traits: { email: "e@x.cn" } })])).toEqual([
			"opened u",
			"v",
		]);
	});
});

describe("the complement", () => {
	const lead = at(0, "lead", { anonymousId: "A", traits: { email: "e@x.cn" } });
	const login = at(60, "login", { anonymousId: "A", userId: "u" });

	it("joins a lead and a login in one segment, and says so", () => {
		expect(together([lead, login])).toEqual(["lead login"]);
		expect(answer([lead, login]).clusters.links.map((link) => [link.rule, link.at.m])).toEqual([
			["complement", "login"],
		]);
	});

	it("crosses no reset", () => {
		expect(together([lead, login, at(30, "r", { type: "reset", anonymousId: "A" })])).toEqual(["lead", "login"]);
	});

	it("joins nobody who shares a type of identifier, anywhere", () => {
		expect(together([lead, login, at(500, "m", { userId: "u", traits: { email: "f@x.cn" } })])).toEqual([
			"lead",
			"login m",
		]);
	});

	it("is off on a device of three people known by one type, and on with two", () => {
		const others = (count: number) =>
			range(count).map((index) => at(1000 + index * 100, `o${index}`, { anonymousId: "A", userId: `o${index}` }));
		expect(together([lead, login, ...others(1)])).toEqual(["lead login", "o0"]);
		expect(together([lead, login, ...others(2)])).toEqual(["lead", "login", "o0", "o1"]);
	});

	it("joins an alias of the device with the lead before it", () => {
		const alias = at(60, "alias", { type: "alias", userId: "u", anonymousId: "A", previousId: "A" });
		expect(together([lead, alias, at(900, "call", { userId: "u" })])).toEqual(["call lead"]);
	});
});

it("answers an empty set of timelines", () => {
	expect(resolveClusters([], []).members.size).toBe(0);
});
