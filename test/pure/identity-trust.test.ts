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
