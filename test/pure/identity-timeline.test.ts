/** Visits, claims, and rules 12, 13 and 15: where events without a subject belong, both sides of each boundary. */
import { describe, expect, it } from "vitest";
import {
	anonymousProfile,
	claimKey,
	createPlanner,
	cutTimeline,
	type DeviceAnswer,
	type LightEvent,
	ownerByPlan,
	planOf,
} from "../../collector/identity/index.ts";
import type { Position } from "../../collector/model.ts";
import { answer, at, hash, node, together } from "./identity-answer.ts";
import { START } from "./identity-history.ts";

const A = node("anonymousId", "A");
const U = node("userId", "u");
const position = (minutes: number, m: string): Position => ({ t: START + minutes * 60_000, m, s: A });
const light = (minutes: number, m: string, nodes: string[] = []): LightEvent => ({
	at: position(minutes, m),
	nodes,
	trust: "public",
});
const cut = (lights: LightEvent[], resets: Position[] = []) => cutTimeline({ key: A, devices: [A], lights, resets });
const MS = 1 / 60_000;

describe("visits", () => {
	it.each([
		[30 - MS, 1],
		[30, 1],
		[30 + MS, 2],
	])("a silence of %d minutes leaves %d", (minutes, visits) => {
		expect(cut([light(0, "a"), light(minutes, "b")]).visits).toHaveLength(visits);
	});

	it("are cut by a reset between two events, by position and not by time alone", () => {
		const lights = [light(0, "a"), light(0, "c")];
		expect(cut(lights, [position(0, "b")]).visits.map((visit) => visit.segment)).toEqual([0, 1]);
		expect(cut(lights, [position(0, "d")]).visits.map((visit) => visit.segment)).toEqual([0]);
		expect(cut(lights, [position(0, "0")]).visits.map((visit) => visit.segment)).toEqual([1]);
	});

	it("after two resets in a row lie in the segment of the later", () => {
		const timeline = cut([light(0, "a"), light(9, "z")], [position(1, "r1"), position(2, "r2")]);
		expect(timeline.visits.map((visit) => visit.segment)).toEqual([0, 2]);
		expect(timeline.segments[2]?.opensAt?.m).toBe("r2");
	});

	it("of nothing are none", () => expect(cut([], [position(0, "r")]).visits).toEqual([]));

	it("survive being written down", () => {
		const timeline = cut([light(0, "a", [U]), light(40, "b")], [position(1, "r")]);
		expect(JSON.parse(JSON.stringify(timeline))).toEqual(timeline);
	});
});

describe("claims", () => {
	it("are consecutive events with the same identifiers; those without any do not interrupt", () => {
		const V = node("userId", "v");
		const [visit] = cut([
			light(0, "a", [U]),
			light(1, "b"),
			{ ...light(2, "c", [U]), trust: "server" },
			light(3, "d", [V]),
			light(4, "e", [U]),
		]).visits;
		expect(visit?.claims.map((claim) => [claim.first.m, claim.last.m, claim.serverFirst?.m ?? null])).toEqual([
			["a", "c", "c"],
			["d", "d", null],
			["e", "e", null],
		]);
		expect(new Set(visit?.claims.map(claimKey)).size).toBe(3);
	});

	it("end with their visit", () => {
		expect(cut([light(0, "a", [U]), light(31, "b", [U])]).visits.map((visit) => visit.claims.length)).toEqual([1, 1]);
	});
});

describe("events without a subject", () => {
	const login = (minutes: number, m: string, userId: string) => at(minutes, m, { anonymousId: "A", userId });
	const page = (minutes: number, m: string) => at(minutes, m, { anonymousId: "A" });
	const reset = (minutes: number, m: string) => at(minutes, m, { type: "reset", anonymousId: "A" });

	it("go to the claim before in the visit, else the next in it", () => {
		expect(together([page(0, "a"), login(1, "b", "u"), page(2, "c"), login(3, "d", "v"), page(4, "e")])).toEqual([
			"a b c",
			"d e",
		]);
	});

	it("of a visit without a claim go to the one before in the segment, else the next", () => {
		expect(together([page(0, "a"), login(60, "b", "u"), page(120, "c"), login(180, "d", "v"), page(240, "e")])).toEqual(
			["a b c", "d e"],
		);
	});

	it("never cross a reset, and each segment has an anonymous profile of its own", () => {
		const log = [page(0, "a"), reset(1, "r1"), page(2, "b"), reset(3, "r2"), page(4, "c"), login(5, "d", "u")];
		expect(together(log)).toEqual(["a", "b", "c d"]);
		const profiles = answer(log).placed.map((item) => item.profileId);
		expect(profiles[0]).toBe(hash("anonymousId", "A"));
		expect(profiles[1]).toBe(hash("segment", `${A}\nr1`));
		expect(anonymousProfile([node("anonymousId", "B"), A], null, hash)).toBe(
			[A, node("anonymousId", "B")].sort()[0]?.slice(-22),
		);
	});

	it("go to the one person of their visit on a device of three people, and to nobody elsewhere", () => {
		const people = (count: number) =>
			Array.from({ length: count }, (_, index) => login(index * 60, `login${index}`, `u${index}`));
		const late = page(1000, "late");
		const pages = [page(1, "p"), late];
		expect(together([...people(2), ...pages])).toEqual(["late login1", "login0 p"]);
		expect(together([...people(3), ...pages])).toEqual(["late", "login0 p", "login1", "login2"]);
		expect(together([...people(3), ...pages, login(2, "x", "u1")])).toEqual(["late p", "login0", "login1 x", "login2"]);
	});

	it("are not a shared device's where the three are known by different types", () => {
		const log = [
			at(0, "a", { anonymousId: "A", userId: "u1" }),
			at(60, "b", { anonymousId: "A", userId: "u2" }),
			at(120, "c", { anonymousId: "A", traits: { email: "a@x.cn" } }),
			page(500, "d"),
		];
		expect(together(log)).toEqual(["a", "b c d"]);
	});

	it("follow an alias of the device within 30 minutes of their visit, and anywhere in its segment for want of better", () => {
		const alias = (minutes: number) =>
			at(minutes, "s", { type: "alias", userId: "u", anonymousId: "A", previousId: "A" });
		expect(answer([page(0, "a"), page(1, "b"), alias(500)]).placed.map((item) => item.profileId)).toEqual(
			[U, U].map((id) => id.slice(-22)),
		);
		const other = login(100, "v", "v");
		// The next in the visit comes before the one before in the segment; further away it does not.
		expect(together([other, page(200, "c"), alias(230)])).toEqual(["c", "v"]);
		expect(together([other, page(200, "c"), alias(230 + MS)])).toEqual(["c v"]);
		expect(together([other, page(200, "c"), alias(230), reset(229, "r")])).toEqual(["c v"]);
		expect(together([other, page(200, "c"), alias(170)])).toEqual(["c", "v"]);
		expect(together([other, page(200, "c"), alias(150), reset(160, "r")])).toEqual(["c", "v"]);
	});

	it("leave a user whom an unlink parts from the device", () => {
		const unlink = at(999, "x", { type: "unlink", ids: [{ userId: "u" }, { anonymousId: "A" }] });
		expect(together([login(0, "a", "u"), page(1, "b"), login(60, "c", "v"), unlink])).toEqual(["a", "b c"]);
	});
});

describe("linked devices", () => {
	it("are one: visits of both are one visit, and a reset of either cuts", () => {
		const log = [
			at(0, "a", { anonymousId: "A" }),
			at(29, "b", { anonymousId: "B" }),
			at(58, "c", { anonymousId: "A", userId: "u" }),
			at(120, "d", { anonymousId: "B", userId: "v" }),
			at(30, "link", { type: "link", anonymousId: "B", previousId: "A" }),
		];
		expect(together(log)).toEqual(["a b c", "d"]);
		const cutLog = [...log, at(30, "reset", { type: "reset", anonymousId: "B" })];
		expect(together(cutLog)).toEqual(["a b", "c", "d"]);
		expect(
			together([...log, at(900, "z", { type: "unlink", ids: [{ anonymousId: "A" }, { anonymousId: "B" }] })]),
		).toEqual(["a c", "b d"]);
	});
});

describe("plans of visits", () => {
	const timeline = cut([light(0, "a"), light(5, "b", [U]), light(8, "c"), light(100, "d")]);
	const owned: DeviceAnswer = {
		owners: { [claimKey(timeline.visits[0]?.claims[0] as never)]: "owner" },
		shared: false,
		ignored: [],
		aliasClaims: [],
	};

	it("name the owner of every event of the visit and are the same however they are asked for", () => {
		const planner = createPlanner(timeline, owned, hash);
		expect(planner(0)).toEqual(planOf(timeline, owned, 0, hash));
		expect(planner(0)).toEqual({
			base: "owner",
			steps: [],
			claims: [{ at: position(5, "b"), owner: "owner", trust: null }],
		});
		expect(ownerByPlan(planner(1), light(100, "d"))).toBe("owner");
	});

	it("place a claim that is not answered yet with the rest of its visit", () => {
		const unanswered: DeviceAnswer = { owners: {}, shared: false, ignored: [], aliasClaims: [] };
		const plan = planOf(timeline, unanswered, 0, hash);
		expect(ownerByPlan(plan, light(5, "b", [U]))).toBe(hash("anonymousId", "A"));
	});

	it("refuse a visit that is not there", () => {
		expect(() => planOf(timeline, owned, 2, hash)).toThrow(RangeError);
	});
});
