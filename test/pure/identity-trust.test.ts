/** A stranger who holds only the public write key plays every trick that he can; the customer stays whole. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { answer, at } from "./identity-answer.ts";

const MAIL = { email: "li@x.cn" };
const PHONE = { phone: "13911112222" };
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Known by a server: userId beside mail and phone, on a device of her own; mails opened, calls made. */
const CUSTOMER: LoggedEvent[] = [
	at(0, "c-page", { anonymousId: "her-device" }, "public"),
	at(1, "c-login", { anonymousId: "her-device", userId: "li", traits: MAIL }, "public"),
	at(10, "c-order", { userId: "li", traits: { ...MAIL, ...PHONE } }),
	at(100, "c-mail", { traits: MAIL }),
	at(200, "c-call", { traits: PHONE }),
	at(1000, "c-mail-2", { traits: MAIL }),
];

/** Where the customer's own events are, by the profile that the server knows. */
function customerIn(log: LoggedEvent[]): Set<string> {
	const { placed } = answer(log);
	const own = placed.filter((item) => item.messageId.startsWith("c-"));
	expect(own).toHaveLength(CUSTOMER.length);
	return new Set(own.map((item) => item.profileId));
}

const HOME = [...customerIn(CUSTOMER)];

const TRICKS: { [trick: string]: LoggedEvent[] } = {
	"claims her mail for a userId of his, earlier than anyone": [
		at(-5000, "x1", { anonymousId: "his", userId: "he", traits: MAIL }, "public"),
	],
	"claims her mail and phone again and again": range(50).map((index) =>
		at(index * 40, `x${index}`, { anonymousId: "his", userId: "he", traits: { ...MAIL, ...PHONE } }, "public"),
	),
	"puts three userIds beside her mail, to make it shared": range(5).map((index) =>
		at(index, `x${index}`, { userId: `sock${index}`, traits: MAIL }, "public"),
	),
	"puts over a hundred identifiers beside her userId and her mail": range(150).map((index) =>
		at(
			index,
			`x${index}`,
			{ userId: "li", traits: { ...MAIL }, externalIds: [{ type: `t${index}`, id: "1" }] },
			"public",
		),
	),
	"fills her cluster with mails and phones before the server speaks": range(20).map((index) =>
		at(
			-1000 + index,
			`x${index}`,
			{ userId: "li", traits: { email: `spam${index}@x.cn`, phone: `139222200${10 + index}` } },
			"public",
		),
	),
	"ties her phone to another mail": [at(-10, "x1", { traits: { ...PHONE, email: "he@x.cn" } }, "public")],
	"aliases her userId to his": [
		at(5, "x1", { type: "alias", userId: "he", previousId: "li", anonymousId: "his" }, "public"),
		at(5, "x2", { type: "alias", userId: "li", previousId: "he", anonymousId: "his" }, "public"),
	],
	"unlinks her mail and erases her": [
		at(2000, "x1", { type: "unlink", ids: [{ userId: "li" }, MAIL] }, "public"),
		at(2000, "x2", { type: "erase", ids: [{ userId: "li" }, MAIL] }, "public"),
	],
	"denies consent in her name": [
		at(
			-10,
			"x1",
			{ type: "consent", anonymousId: "his", userId: "li", traits: { ...MAIL, analytics: false } },
			"public",
		),
		at(-10, "x2", { type: "consent", userId: "li", traits: { stitching: false } }, "public"),
	],
	"resets in her name without her device": [
		at(0.5, "x1", { type: "reset", anonymousId: "his", userId: "li" }, "public"),
	],
	"logs in as her on a device with other leads": [
		at(0, "x1", { anonymousId: "his", traits: { email: "lead@x.cn" } }, "public"),
		at(1, "x2", { anonymousId: "his", userId: "li" }, "public"),
		at(2, "x3", { anonymousId: "his", externalIds: [{ type: "crm", id: "1" }] }, "public"),
	],
	"sends other copies of her server's events": [
		at(-100, "c-order", { userId: "li", traits: { email: "he@x.cn" } }, "public"),
		at(-100, "c-mail", { traits: MAIL, name: "forged" }, "public"),
	],
};

describe("a stranger with the public key", () => {
	it.each(Object.entries(TRICKS))("%s: the customer's chain is hers", (_trick, forged) => {
		expect(HOME).toHaveLength(1);
		const log = [...CUSTOMER, ...forged];
		expect([...customerIn(log)]).toEqual(HOME);
		expect([...customerIn(log.toReversed())]).toEqual(HOME);
	});

	it("playing all tricks at once changes nothing either", () => {
		const forged = Object.values(TRICKS).flatMap((trick, index) =>
			trick.map((event) =>
				event.sent.messageId.startsWith("c-")
					? event
					: { ...event, sent: { ...event.sent, messageId: `${index}-${event.sent.messageId}` } },
			),
		);
		expect([...customerIn([...CUSTOMER, ...forged])]).toEqual(HOME);
	});

	it("changes where a server says the same: the tricks are not harmless by themselves", () => {
		const shared = range(5).map((index) => at(index, `x${index}`, { userId: `sock${index}`, traits: MAIL }));
		expect(customerIn([...CUSTOMER, ...shared]).size).toBe(2);
	});
});

/** Known by servers without any userId: a form that the sales desk typed in, a call, a mail. */
const LEAD: LoggedEvent[] = [
	at(0, "l-form", { traits: { ...MAIL, ...PHONE } }),
	at(100, "l-call", { traits: PHONE }),
	at(200, "l-mail", { traits: MAIL }),
];
/** Another customer, whom servers know by userId and mail. */
const OTHER: LoggedEvent[] = [at(0, "o-order", { userId: "wang", traits: { email: "wang@x.cn" } })];

/** Profiles of the events whose messageIds begin so. */
function profilesOf(log: LoggedEvent[], prefix: string): string[] {
	const own = answer(log).placed.filter((item) => item.messageId.startsWith(prefix));
	return [...new Set(own.map((item) => item.profileId))];
}

describe("a lead whom servers know without a userId", () => {
	const CROWD = range(5).map((index) =>
		at(-50 + 40 * index, `x${index}`, { anonymousId: "his", userId: `sock${index}`, traits: MAIL }, "public"),
	);
	it.each([
		["puts five users beside the mail", CROWD],
		["puts them beside mail and phone in turn", CROWD.map((event, index) => (index % 2 ? event : withPhone(event)))],
		["is the lead and another customer at once", [at(5, "x", { userId: "wang", traits: PHONE }, "public")]],
		[
			"is first the lead and then another customer on one device",
			[
				at(5, "x", { anonymousId: "his", traits: PHONE }, "public"),
				at(6, "y", { anonymousId: "his", userId: "wang" }, "public"),
			],
		],
	])("stays one, and apart from others, where a stranger %s", (_trick, forged) => {
		const log = [...LEAD, ...OTHER, ...forged];
		expect(profilesOf(log, "l-")).toHaveLength(1);
		expect(profilesOf(log, "o-")).toHaveLength(1);
		expect(profilesOf(log, "l-")).not.toEqual(profilesOf(log, "o-"));
		const { clusters } = answer(log);
		expect([...clusters.sharedNodes, ...clusters.contested.keys()]).toEqual([]);
	});

	it("is told why a public event did not join two people whom servers know", () => {
		const { refusals } = answer([...LEAD, ...OTHER, at(5, "x", { userId: "wang", traits: PHONE }, "public")]).clusters;
		expect(refusals).toMatchObject([{ rule: "public", reason: "both_vouched", at: { m: "x" } }]);
	});

	it("becomes the user whom a public event names, and another's once a server says so", () => {
		const login = at(300, "w-login", { userId: "li", traits: MAIL }, "public");
		expect(profilesOf([...LEAD, login], "l-")).toEqual(profilesOf([...LEAD, login], "w-"));
		const said = [...LEAD, login, at(400, "s-said", { userId: "zhao", traits: MAIL })];
		expect(profilesOf(said, "l-")).toEqual(profilesOf(said, "s-"));
		expect(profilesOf(said, "l-")).not.toEqual(profilesOf(said, "w-"));
	});

	it("of one mail or phone alone is never parted, and shared only where many claim it", () => {
		const calls = [
			at(0, "l-1", { traits: PHONE }),
			at(90, "l-2", { traits: PHONE }),
			at(190, "l-3", { traits: PHONE }),
		];
		for (const count of [1, 2, 3, 5]) {
			const log = [...calls, ...CROWD.slice(0, count).map(withPhone)];
			expect(profilesOf(log, "l-")).toHaveLength(1);
			const { contested, sharedNodes } = answer(log).clusters;
			const isOfPhone = (id: string) => id.startsWith("phone=");
			expect([...contested.keys()].filter(isOfPhone)).toEqual([]);
			expect([...sharedNodes].filter(isOfPhone)).toHaveLength(count < 3 ? 0 : 1);
		}
	});
});

describe("what a server said of a pair", () => {
	const devices = { anonymousId: "a", previousId: "b" };
	const seen = [at(0, "1", { anonymousId: "a", userId: "li" }), at(0, "2", { anonymousId: "b" })];
	const link = (minutes: number, trust: "public" | "server") =>
		at(minutes, `link-${minutes}`, { type: "link", ...devices }, trust);
	const unlink = at(10, "unlink", { type: "unlink", ids: [{ anonymousId: "a" }, { anonymousId: "b" }] });

	it("no later public statement undoes; a server's does", () => {
		expect(profilesOf([...seen, unlink, link(20, "public")], "")).toHaveLength(2);
		expect(profilesOf([...seen, unlink, link(20, "server")], "")).toHaveLength(1);
		expect(profilesOf([...seen, link(20, "public")], "")).toHaveLength(1);
	});

	it("holds for a userId and a device too", () => {
		const own = { anonymousId: "b", previousId: "b" };
		const parted = at(10, "unlink", { type: "unlink", ids: [{ userId: "li" }, { anonymousId: "b" }] });
		const alias = (trust: "public" | "server") => at(20, "alias", { type: "alias", userId: "li", ...own }, trust);
		expect(profilesOf([...seen, parted, alias("public")], "")).toHaveLength(2);
		expect(profilesOf([...seen, parted, alias("server")], "")).toHaveLength(1);
	});
});

describe("a lead whom servers know on a device that an unlink took from somebody else", () => {
	const log = [
		at(0, "page", { anonymousId: "desk" }),
		at(5, "lead", { anonymousId: "desk", traits: { email: "lead@x.cn" } }),
		at(60, "parted", { type: "unlink", ids: [{ userId: "he" }, { anonymousId: "desk" }] }),
	];
	const tie = (trust: "public" | "server") => at(90, "tie", { userId: "he", traits: { email: "lead@x.cn" } }, trust);
	const areOne = (events: LoggedEvent[]) => profilesOf(events, "page").join() === profilesOf(events, "lead").join();

	it("keeps the device's events, whatever a stranger ties to the userId; a server's word takes them", () => {
		expect(areOne(log)).toBe(true);
		expect(areOne([...log, tie("public")])).toBe(true);
		expect(areOne([...log, tie("server")])).toBe(false);
	});
});

describe("a public consent about a device that servers name", () => {
	const order = at(50, "order", { anonymousId: "her-device", userId: "li" });
	const view = at(51, "view", { anonymousId: "her-device" }, "public");
	const seen = at(52, "seen", { anonymousId: "her-device" });
	const deny = (key: string, trust: "public" | "server") =>
		at(1, `deny-${trust}`, { type: "consent", anonymousId: "her-device", traits: { [key]: false } }, trust);
	const excludedOf = (log: LoggedEvent[]) => answer(log).excluded.map((item) => item.messageId);

	it("takes out what the browser sends and what is known of the device alone, not what servers know of the person", () => {
		expect(excludedOf([order, view, seen, deny("analytics", "public")])).toEqual(["seen", "view"]);
		expect(excludedOf([order, view, seen, deny("analytics", "server")])).toEqual(["order", "seen", "view"]);
	});

	it("puts only those apart", () => {
		const log = [order, at(40, "call", { userId: "li" }), deny("stitching", "public")];
		expect(profilesOf(log, "order")).toEqual(profilesOf(log, "call"));
	});
});

function withPhone(event: LoggedEvent): LoggedEvent {
	return { ...event, sent: { ...event.sent, traits: { ...event.sent.traits, ...PHONE } } };
}
