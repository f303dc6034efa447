/** Rules 5 to 7: what statements say, to whom they are granted, and what erasure and consent do. */
import { describe, expect, it } from "vitest";
import {
	carriedNodes,
	consentAt,
	foldRegisters,
	isErased,
	linkedGroups,
	readIdentifiers,
	readStatement,
	type Statement,
} from "../../collector/identity/index.ts";
import type { LoggedEvent, Trust } from "../../collector/model.ts";
import { answer, at, hash, node, together } from "./identity-answer.ts";
import { SETTINGS, type Sent, START } from "./identity-history.ts";

const read = (event: LoggedEvent) => readStatement(event, readIdentifiers(event, SETTINGS, hash), SETTINGS, hash);
const said = (sent: Partial<Sent>, trust: Trust = "server") => read(at(0, "m", sent, trust));
const device = (id: string) => node("anonymousId", id);
const user = (id: string) => node("userId", id);
const pair = (one: string, other: string) => {
	const [a, b] = [one, other].sort();
	return { a, b };
};
const iso = (minutes: number) => new Date(START + minutes * 60_000).toISOString();

describe("alias, link and unlink", () => {
	it("alias names two userIds", () => {
		expect(said({ type: "alias", userId: "new", previousId: "old" })).toMatchObject(pair(user("new"), user("old")));
	});

	it("alias of its own anonymousId names the device, as Segment's client sends it", () => {
		const sent: Partial<Sent> = { type: "alias", userId: "u", previousId: "A", anonymousId: "A" };
		expect(said(sent)).toMatchObject(pair(user("u"), device("A")));
		expect(said({ ...sent, previousIdType: "userId" })).toMatchObject(pair(user("u"), user("A")));
		expect(said({ ...sent, previousId: "B" })).toMatchObject(pair(user("u"), user("B")));
		expect(said({ ...sent, previousId: "B", previousIdType: "anonymousId" })).toMatchObject(
			pair(user("u"), device("B")),
		);
	});

	it("say nothing of blocked values, of one identifier twice, or of anything but a pair", () => {
		expect(said({ type: "alias", userId: "null", previousId: "old" })).toBeNull();
		expect(said({ type: "alias", userId: "u", previousId: " u" })).toBeNull();
		expect(said({ type: "link", anonymousId: "A", previousId: "0" })).toBeNull();
		expect(said({ type: "unlink", ids: [{ userId: "u" }] })).toBeNull();
		expect(said({ type: "unlink", ids: [{ userId: "u" }, { email: "a@x.cn" }, { phone: "13912345678" }] })).toBeNull();
	});

	it("of public trust reach no further than the sender's own device", () => {
		const own: Partial<Sent> = { type: "alias", userId: "u", previousId: "A", anonymousId: "A" };
		expect(said(own, "public")).not.toBeNull();
		expect(said({ ...own, previousId: "B", previousIdType: "anonymousId" }, "public")).toBeNull();
		expect(said({ type: "alias", userId: "u", previousId: "v", anonymousId: "A" }, "public")).toBeNull();
		expect(said({ type: "unlink", ids: [{ userId: "u" }, { userId: "v" }] }, "public")).toBeNull();
		expect(said({ type: "erase", ids: [{ userId: "u" }] }, "public")).toBeNull();
		expect(said({ type: "link", anonymousId: "A", previousId: "B" }, "public")).toMatchObject(
			pair(device("A"), device("B")),
		);
	});

	it("leave the last by time, then messageId, in force, whatever came first", () => {
		const statements = [
			read(at(1, "a", { type: "alias", userId: "x", previousId: "y" })),
			read(at(3, "c", { type: "alias", userId: "y", previousId: "x" })),
			read(at(2, "b", { type: "unlink", ids: [{ userId: "y" }, { userId: "x" }] })),
			read(at(3, "d", { type: "unlink", ids: [{ userId: "x" }, { userId: "y" }] })),
		] as Statement[];
		const [state, ...others] = foldRegisters(statements);
		expect(others).toEqual([]);
		expect(state).toMatchObject({ kind: "unlink", at: { m: "d" } });
		expect(foldRegisters(statements.toReversed())).toEqual([state]);
	});

	it("join devices in groups, through links in force only", () => {
		const links = [
			at(1, "a", { type: "link", anonymousId: "A", previousId: "B" }),
			at(2, "b", { type: "link", anonymousId: "C", previousId: "B" }),
			at(3, "c", { type: "link", anonymousId: "D", previousId: "E" }),
			at(4, "d", { type: "unlink", ids: [{ anonymousId: "E" }, { anonymousId: "D" }] }),
		].map(read) as Statement[];
		expect(linkedGroups(foldRegisters(links))).toEqual([[device("A"), device("B"), device("C")].sort()]);
	});
});

describe("consent", () => {
	it("of public trust is about the sender's own device, of a server about all it carries", () => {
		const sent: Partial<Sent> = { type: "consent", anonymousId: "A", userId: "u", traits: { analytics: false } };
		expect(said(sent, "public")).toMatchObject({ nodes: [device("A")], analytics: false });
		expect(said(sent)).toMatchObject({ nodes: [device("A"), user("u")] });
		expect(said({ ...sent, anonymousId: "null" }, "public")).toBeNull();
		expect(said({ ...sent, traits: { analytics: "no" } })).toBeNull();
	});

	it("is what was said last at or before the event, over all of its identifiers", () => {
		const consents = [
			read(at(10, "a", { type: "consent", anonymousId: "A", traits: { analytics: false, stitching: false } })),
			read(at(20, "b", { type: "consent", userId: "u", traits: { analytics: true } })),
			read(at(20, "c", { type: "consent", userId: "other", traits: { stitching: true } })),
		].filter((statement) => statement?.kind === "consent");
		const when = (minutes: number, nodes: string[]) =>
			consentAt(consents, { nodes, at: { t: START + minutes * 60_000, m: "", s: "" }, trust: "server" });
		expect(when(9.999, [device("A")])).toEqual({ analytics: true, stitching: true });
		expect(when(10, [device("A")])).toEqual({ analytics: false, stitching: false });
		expect(when(20, [device("A")])).toEqual({ analytics: false, stitching: false });
		expect(when(20, [device("A"), user("u")])).toEqual({ analytics: true, stitching: false });
	});

	it("said twice at one time is what the larger messageId says", () => {
		const log = (first: boolean) => [
			at(1, "x", { type: "consent", anonymousId: "A", traits: { analytics: first } }),
			at(1, "y", { type: "consent", anonymousId: "A", traits: { analytics: !first } }),
			at(1, "a", { anonymousId: "A" }),
		];
		expect(together(log(true))).toEqual([]);
		expect(together(log(false))).toEqual(["a"]);
	});

	it("denied for stitching keeps events in a profile of their own, never back-filled", () => {
		const log = [
			at(0, "before", { anonymousId: "A" }),
			at(1, "no", { type: "consent", anonymousId: "A", traits: { stitching: false } }),
			at(2, "alone", { anonymousId: "A" }),
			at(3, "mail", { anonymousId: "A", traits: { email: "a@x.cn" } }),
			at(4, "yes", { type: "consent", anonymousId: "A", traits: { stitching: true } }),
			at(5, "login", { anonymousId: "A", userId: "u" }),
		];
		expect(together(log)).toEqual(["alone mail", "before login"]);
		expect(answer(log).clusters.profileOf.size).toBe(1);
	});

	it("denied for stitching without a device leaves the event to nobody", () => {
		const log = [
			at(1, "no", { type: "consent", userId: "u", traits: { stitching: false } }),
			at(2, "a", { userId: "u" }),
		];
		expect(answer(log).unattributed.map((item) => item.messageId)).toEqual(["a"]);
	});
});

describe("erasure", () => {
	const erase = (minutes: number, sent: Partial<Sent>, receivedAt?: number) => {
		const event = at(minutes, "erase", { type: "erase", ...sent });
		return receivedAt === undefined ? event : { ...event, receivedAt };
	};

	it("reaches what lies at its time, and nothing a millisecond later", () => {
		const statement = read(erase(10, { ids: [{ userId: "u" }] }));
		const reaches = (timestamp: number) => isErased([statement as never], [user("u"), device("A")], timestamp);
		expect(reaches(START + 600_000)).toBe(true);
		expect(reaches(START + 600_001)).toBe(false);
		expect(isErased([statement as never], [device("A")], START)).toBe(false);
	});

	it("dated ahead reaches no further than its receipt", () => {
		const log = [at(5, "a", { userId: "u" }), erase(60, { ids: [{ userId: "u" }] }, START + 4 * 60_000)];
		expect(together(log)).toEqual(["a"]);
	});

	it("of a slice keeps events beside people who are neither listed nor sliced, and both bounds count", () => {
		const slices = [{ id: { anonymousId: "A" }, from: iso(10), to: iso(20) }];
		const log = [
			at(9, "early", { anonymousId: "A" }),
			at(10, "first", { anonymousId: "A" }),
			at(15, "guest", { anonymousId: "A", userId: "v" }),
			at(20, "last", { anonymousId: "A" }),
			at(20.001, "late", { anonymousId: "A" }),
			erase(60, { slices }),
		];
		expect(
			answer(log)
				.excluded.map((item) => item.messageId)
				.sort(),
		).toEqual(["first", "last"]);
		const both = [
			...log.slice(0, -1),
			erase(60, { slices: [...slices, { id: { userId: "v" }, from: iso(0), to: iso(1) }] }),
		];
		expect(
			answer(both)
				.excluded.map((item) => item.messageId)
				.sort(),
		).toEqual(["first", "guest", "last"]);
	});

	it("takes statements along that name the erased, but no erasure", () => {
		const alias = at(1, "alias", { type: "alias", userId: "new", previousId: "old" });
		const ids = readIdentifiers(alias, SETTINGS, hash);
		expect(carriedNodes(alias, ids, SETTINGS, hash)).toEqual([user("new"), user("old")].sort());
		const log = [
			at(0, "a", { userId: "old", traits: { email: "a@x.cn" } }),
			at(0, "b", { userId: "new" }),
			alias,
			erase(2, { ids: [{ userId: "old" }] }),
			at(3, "again", { type: "erase", ids: [{ userId: "old" }] }),
		];
		const { registers, statements, excluded } = answer(log);
		expect(registers).toEqual([]);
		expect(statements.map((statement) => statement.at.m)).toEqual(["erase", "again"]);
		expect(excluded.map((item) => item.messageId)).toEqual(["a"]);
	});

	it("removes copies before they are compared, so that another copy takes the event's place", () => {
		const log = [
			at(1, "m", { anonymousId: "A", userId: "gone" }),
			at(2, "m", { anonymousId: "A", name: "stays" }),
			erase(10, { ids: [{ userId: "gone" }] }),
		];
		expect(answer(log).placed.map((item) => item.event.sent.name)).toEqual(["stays"]);
		expect(answer(log).excluded).toEqual([]);
	});
});
