/** Rules 1 to 4: which identifiers an event carries, what is blocked, which stream it lies in. */
import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
	canonicalJson,
	compareByRank,
	compareCopies,
	type IdentitySettings,
	isBlocked,
	isUnattributed,
	kindOf,
	nodeKey,
	readIdentifiers,
	readRef,
	streamOf,
} from "../../collector/identity/index.ts";
import { at, hash, node } from "./identity-answer.ts";
import { SECRET, SETTINGS, type Sent } from "./identity-history.ts";

const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const read = (sent: Partial<Sent>, settings: IdentitySettings = SETTINGS) =>
	readIdentifiers(at(0, "m", sent), settings, hash);
const strong = (sent: Partial<Sent>, settings?: IdentitySettings) =>
	read(sent, settings).strong.map(({ kind, value, clear }) => `${kind} ${clear ?? value}`);

describe("keyed hashes", () => {
	it("are the first 128 bits of HMAC-SHA-256 over kind, line break, value", () => {
		const whole = createHmac("sha256", SECRET).update("userId\nu1").digest();
		expect(hash("userId", "u1")).toBe(whole.subarray(0, 16).toString("base64url"));
		expect(hash("userId", "u1")).toHaveLength(22);
	});

	it("keep the kind readable even where it holds an equals sign", () => {
		expect(kindOf(nodeKey("ext:a=b", hash("ext:a=b", "1")))).toBe("ext:a=b");
	});

	it("never make one node of the same text in two types", () => {
		const ids = read({
			userId: "77",
			anonymousId: "77",
			externalIds: [
				{ type: "shop", id: "77" },
				{ type: "erp", id: "77" },
			],
			traits: { unionid: "77", openid: "77", openidAppId: "77" },
		});
		expect(new Set([ids.device?.node, ...ids.strong.map((id) => id.node)]).size).toBe(6);
	});

	it("rank userId, external id, unionid, phone, mail, openid, and external ids by type", () => {
		const kinds = ["userId", "ext:a", "ext:b", "unionid", "phone", "email", "openid:wx1", "openid:wx2"];
		const nodes = kinds.map((kind) => node(kind, "1"));
		expect(nodes.toReversed().sort(compareByRank)).toEqual(nodes);
	});
});

describe("reading identifiers", () => {
	it("finds traits and external ids at top level and in context, each once", () => {
		expect(
			strong({
				traits: { email: "a@x.cn" },
				externalIds: [{ type: "crm", id: " 1 " }],
				context: { traits: { email: "A@X.cn ", phone: "13912345678" }, externalIds: [{ type: "erp", id: "2" }] },
			}).sort(),
		).toEqual(["email a@x.cn", "ext:crm 1", "ext:erp 2", "phone +8613912345678"]);
	});

	it("reads nothing from a group event, which describes a company", () => {
		expect(read({ type: "group", userId: "u1", anonymousId: "A", traits: { email: "info@firm.cn" } })).toEqual({
			device: null,
			strong: [],
		});
	});

	it.each(["page", "screen", "track", "identify", "touch", "alias", "consent"] as const)("reads a %s event", (type) => {
		expect(strong({ type, userId: "u1" })).toEqual(["userId u1"]);
	});

	it("keeps the case of a userId and trims it", () => {
		expect(strong({ userId: "  Ab " })).toEqual(["userId Ab"]);
	});

	it("does not fold plus tags or dots of a mail", () => {
		expect(strong({ traits: { email: " Jane.Doe+News@Example.com " } })).toEqual(["email jane.doe+news@example.com"]);
	});

	it("makes one node of a mail in clear and its hash in any case, and keeps the clear form", () => {
		const ids = strong({ traits: { email: "jane@x.com", emailSha256: sha("jane@x.com").toUpperCase() } });
		expect(ids).toEqual(["email jane@x.com"]);
	});

	it("hashes phones as E.164 with the plus sign, so that raw and hashed meet", () => {
		const [raw] = read({ traits: { phone: "138-1234-5678" } }).strong;
		const [hashed] = read({ traits: { phoneSha256: sha("+8613812345678") } }).strong;
		expect(hashed?.node).toBe(raw?.node);
	});

	it.each([
		["138-1234-5678", "+8613812345678"],
		["+86 138 1234 5678", "+8613812345678"],
		["0086 13812345678", "+8613812345678"],
		["１３８１２３４５６７８", "+8613812345678"],
		["(010) 6234 5678", "+861062345678"],
		["+1 415 555 2671", "+14155552671"],
		[13812345678, "+8613812345678"],
		["(+86)138-1234-5678", "+8613812345678"],
		["（+86）13812345678", "+8613812345678"],
		["tel:+86-138-1234-5678", "+8613812345678"],
		["\u202d+86 138 1234 5678\u202c", "+8613812345678"],
	])("brings the phone %s to E.164", (phone, wanted) => {
		expect(strong({ traits: { phone } })).toEqual([`phone ${wanted}`]);
	});

	it.each(["12345", "10086", "abc", "13812345678 ext 5", "call 13812345678", "+999123456789", "0", ""])(
		"takes %j for no phone",
		(phone) => expect(strong({ traits: { phone } })).toEqual([]),
	);

	it("reads national numbers by the workspace's region", () => {
		const inUs = { phoneRegion: "us", blocked: [] };
		expect(strong({ traits: { phone: "(415) 555-2671" } }, inUs)).toEqual(["phone +14155552671"]);
		expect(strong({ traits: { phone: "+8613812345678" } }, { phoneRegion: "??", blocked: [] })).toHaveLength(1);
	});

	it("counts an openid only with its app", () => {
		expect(strong({ traits: { openid: "o1" } })).toEqual([]);
		expect(strong({ traits: { openid: "o1", openidAppId: "wx1" } })).toEqual(["openid:wx1 o1"]);
	});

	it("takes a sixty-four digit hash only for a hash", () => {
		expect(strong({ traits: { emailSha256: "abc", phoneSha256: "z".repeat(64), email: sha("a@x.cn") } })).toEqual([]);
	});

	it("reads whole numbers as their decimal text, but none that JSON has rounded", () => {
		expect(strong({ userId: 77 as unknown as string })).toEqual(["userId 77"]);
		expect(strong({ userId: (2 ** 53) as unknown as string })).toEqual([]);
		expect(strong({ userId: 1.5 as unknown as string })).toEqual([]);
	});

	it("is not moved by fields of any other shape", () => {
		const hostile: unknown[] = [null, true, [], {}, [["a"]], { toString: "x" }, "\ud800", "a\u0000"];
		for (const value of hostile as never[]) {
			expect(() =>
				read({ userId: value, anonymousId: value, traits: value, context: value, externalIds: value }),
			).not.toThrow();
			expect(read({ externalIds: [value], traits: { email: value, openidAppId: value } }).strong).toEqual([]);
		}
		expect(strong({ userId: "\ud800" })).toEqual([]);
	});

	it("takes no external type with a line break, where one type could pass for another", () => {
		expect(strong({ externalIds: [{ type: "a\nb", id: "c" }] })).toEqual([]);
	});
});

describe("blocked values", () => {
	const words =
		"anonymous guest null undefined none nil nan true false unknown n/a na (not_set) not_set not_authenticated distinct_id distinctid id email user_id userid test default void 0 -1 −1"
			.split(" ")
			.map((word) => (word === "(not_set)" ? "(not set)" : word));

	it.each([...words, "", "not set", "[object object]"])("blocks %j in any case and quotes", (word) => {
		for (const spelling of [word, word.toUpperCase(), `"${word}"`, `'${word}'`, ` ${word} `]) {
			expect(isBlocked("userId", spelling, SETTINGS)).toBe(true);
			expect(strong({ userId: spelling })).toEqual([]);
		}
	});

	it.each(["00000000-0000-0000-0000-000000000000", "000", "--", "aaaaaa", "1111111"])("blocks %s", (value) => {
		expect(isBlocked("anonymousId", value, SETTINGS)).toBe(true);
	});

	it.each(["aaaaa", "nullable", "tester", "10", "-2", "u1", "aaaaaab", "000x"])("lets %s through", (value) => {
		expect(isBlocked("userId", value, SETTINGS)).toBe(false);
	});

	it.each(["jane", "jane@x", "@x.cn", "jane@.", "a b@x.cn", "noreply@example.com", "Test@Test.com"])(
		"takes the mail %s for nobody's",
		(email) => expect(strong({ traits: { email } })).toEqual([]),
	);

	it.each(["13800138000", "+86 138 0013 8000", "11111111111"])("takes the phone %s for nobody's", (phone) => {
		expect(strong({ traits: { phone } })).toEqual([]);
	});

	it("knows the hashes of dummies and of nothing at all", () => {
		for (const text of ["noreply@example.com", "test@test.com", "", "null"]) {
			expect(strong({ traits: { emailSha256: sha(text) } })).toEqual([]);
		}
		for (const phone of ["+8613800138000", "8613800138000", "13800138000"]) {
			expect(strong({ traits: { phoneSha256: sha(phone) } })).toEqual([]);
		}
		expect(strong({ traits: { emailSha256: "0".repeat(64) } })).toEqual([]);
	});

	it("can be extended by type, with values in any spelling and with patterns", () => {
		const settings: IdentitySettings = {
			phoneRegion: "CN",
			blocked: [
				{ kind: "userId", values: ["Demo"], patterns: ["^bot-\\d+$"] },
				{ kind: "phone", values: ["139 1111 2222"] },
				{ kind: "email", values: ["info@shop.cn"] },
				{ kind: "*", values: ["tbd"] },
			],
		};
		expect(strong({ userId: "'demo'" }, settings)).toEqual([]);
		expect(strong({ userId: "BOT-12" }, settings)).toEqual([]);
		expect(strong({ userId: "bot-x" }, settings)).toEqual(["userId bot-x"]);
		expect(strong({ externalIds: [{ type: "crm", id: "demo" }] }, settings)).toEqual(["ext:crm demo"]);
		expect(strong({ externalIds: [{ type: "crm", id: "TBD" }] }, settings)).toEqual([]);
		expect(strong({ traits: { phone: "+8613911112222" } }, settings)).toEqual([]);
		expect(strong({ traits: { phoneSha256: sha("+8613911112222") } }, settings)).toEqual([]);
		expect(strong({ traits: { emailSha256: sha("info@shop.cn") } }, settings)).toEqual([]);
	});
});

describe("identifiers that a statement names", () => {
	it.each([
		[{ userId: "u1" }, node("userId", "u1")],
		[{ anonymousId: "A" }, node("anonymousId", "A")],
		[{ email: " A@x.cn" }, node("email", sha("a@x.cn"))],
		[{ email: sha("a@x.cn") }, node("email", sha("a@x.cn"))],
		[{ emailSha256: sha("a@x.cn") }, node("email", sha("a@x.cn"))],
		[{ phone: "13912345678" }, node("phone", sha("+8613912345678"))],
		[{ phoneSha256: sha("+8613912345678") }, node("phone", sha("+8613912345678"))],
		[{ unionid: "U" }, node("unionid", "U")],
		[{ openid: "o", openidAppId: "wx" }, node("openid:wx", "o")],
		[{ "openid:wx": "o" }, node("openid:wx", "o")],
		[{ type: "crm", id: "7" }, node("ext:crm", "7")],
		[{ "ext:crm": "7" }, node("ext:crm", "7")],
		[{ crm: "7" }, node("ext:crm", "7")],
		[{ kind: "email", hash: hash("email", "x") }, node("email", "x")],
		[{ kind: "ext:crm", hash: hash("ext:crm", "7") }, node("ext:crm", "7")],
	])("reads %j", (ref, wanted) => expect(readRef(ref, SETTINGS, hash)?.node).toBe(wanted));

	it.each([
		null,
		"u1",
		{},
		{ userId: "null" },
		{ userId: "u1", email: "a@x.cn" },
		{ openid: "o" },
		{ "ext:": "1" },
		{ kind: "email", hash: "x" },
		{ kind: "a\n", hash: hash("a", "b") },
	])("finds no usable identifier in %j", (ref) => expect(readRef(ref, SETTINGS, hash)).toBeNull());
});

describe("streams", () => {
	const stream = (sent: Partial<Sent>, messageId = "m") => streamOf(read(sent), messageId, hash);

	it("are the device's, else the best strong identifier's", () => {
		expect(stream({ anonymousId: "A", userId: "u1" })).toBe(node("anonymousId", "A"));
		expect(stream({ anonymousId: "null", userId: "u1", traits: { email: "a@x.cn" } })).toBe(node("userId", "u1"));
		expect(
			stream({
				externalIds: [
					{ type: "b", id: "1" },
					{ type: "a", id: "2" },
				],
			}),
		).toBe(node("ext:a", "2"));
	});

	it("of events without any identifier are 64 by messageId", () => {
		const streams = Array.from({ length: 2000 }, (_, index) => stream({ userId: "null" }, `m${index}`));
		expect(new Set(streams).size).toBe(64);
		expect(streams.every(isUnattributed)).toBe(true);
		expect(stream({}, "m7")).toBe(stream({ userId: "guest" }, "m7"));
	});
});

describe("copies of one event", () => {
	it("are compared by time first", () => {
		expect(compareCopies(at(1, "m", { name: "z" }), at(2, "m", { name: "a" }))).toBeLessThan(0);
	});

	it("are compared by content next, whatever the order of keys, without sentAt and receivedAt", () => {
		const one = at(1, "m", { properties: { a: 1, b: { c: 2, d: 3 } }, sentAt: "x" });
		const other = { ...at(1, "m", { properties: { b: { d: 3, c: 2 }, a: 1 }, sentAt: "y" }), receivedAt: 5 };
		expect(compareCopies(one, other)).toBe(0);
		expect(compareCopies(one, at(1, "m", { properties: { a: 0, b: { c: 2, d: 3 } } }))).toBeGreaterThan(0);
	});

	it("that were sent alike are told apart by what we added, so that arrival never decides", () => {
		const known = { ...at(1, "m", { name: "n" }), added: { country: "CN" } };
		const other = { ...at(1, "m", { name: "n" }), added: { country: "DE" } };
		expect(compareCopies(known, other)).toBeLessThan(0);
		expect(compareCopies(other, known)).toBeGreaterThan(0);
		expect(compareCopies(other, { ...known, sent: { ...known.sent, name: "o" } })).toBeLessThan(0);
	});

	it("of a server are never displaced by public ones", () => {
		expect(compareCopies(at(5, "m", {}), at(1, "m", {}, "public"))).toBeLessThan(0);
	});

	it("have one text whatever the nesting", () => {
		expect(canonicalJson({ b: [1, { y: null, x: "ü" }], a: true, c: undefined, __proto__: null })).toBe(
			'{"a":true,"b":[1,{"x":"ü","y":null}]}',
		);
		const deep = JSON.parse("[".repeat(5_000) + "]".repeat(5_000)) as unknown;
		expect(canonicalJson({ deep })).toHaveLength(10_000 + '{"deep":}'.length);
		expect(canonicalJson(JSON.parse('{"__proto__":{"b":1},"a":2}'))).toBe('{"__proto__":{"b":1},"a":2}');
	});
});
