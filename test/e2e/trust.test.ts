/**
 * The stranger: whoever reads the public write key in a web page may add noise, but never takes over, splits,
 * excludes or blurs a customer whom server events vouch for (`design.md` §4, Trust). He knows the customer's
 * userId, mail, phone and even the messageIds of server events; what he does not know is the customer's
 * `anonymousId`, a random id that never leaves the customer's browser but for the collector.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, postBatch, readRows, type TouchpointRow } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const MINUTE_MS = 60_000;
const NOW = Date.now();
/** Older than what the server said, and just young enough for a public key. */
const EARLY_MIN = 8 * 24 * 60 - 10;

type SentEvent = WireEvent & { messageId: string };

interface Customer {
	name: string;
	userId: string;
	email: string;
	phone: string;
}

interface Profile {
	profileId: string;
	stage: string;
	identities: { kind: string; value: string; hash: string }[];
	traits: { [name: string]: unknown };
	evidence: { identifier: { kind: string; hash: string }; rule: string; messageId: string; timestamp: string }[];
	refusals: { rule: string; reason: string }[];
	touchpoints: TouchpointRow[];
	shared: unknown[];
	contested: unknown[];
}

function ago(minutes: number): string {
	return new Date(NOW - minutes * MINUTE_MS).toISOString();
}

function createCustomer(name: string, index: number): Customer {
	return { name, userId: `${name}-user`, email: `${name}@shop.example`, phone: `+86139111${10_000 + index}` };
}

/** What the business's own server knows: an account with mail and phone, an order, a call and a mail that only those ids tie to it. */
function vouch({ name, userId, email, phone }: Customer): SentEvent[] {
	const touch = { type: "touch" as const, direction: "in" };
	return [
		{ type: "identify", messageId: `${name}-signup`, userId, traits: { email, phone }, timestamp: ago(600) },
		{ ...touch, channel: "shop", name: "order_paid", messageId: `${name}-order`, userId, timestamp: ago(500) },
		{
			...touch,
			channel: "phone",
			name: "call_completed",
			messageId: `${name}-call`,
			traits: { phone },
			timestamp: ago(400),
		},
		{
			...touch,
			channel: "email",
			name: "email_clicked",
			messageId: `${name}-mail`,
			traits: { email },
			timestamp: ago(100),
		},
	];
}

let forged = 0;
/** An event of the stranger's, between the server's, on a device of his own unless said otherwise. */
function forge(fields: Partial<WireEvent> & Pick<WireEvent, "type">): SentEvent {
	forged++;
	return { messageId: `forged-${forged}`, anonymousId: `strange-${forged}`, timestamp: ago(200), ...fields };
}

function repeat(count: number, create: (index: number) => SentEvent): SentEvent[] {
	return Array.from({ length: count }, (_, index) => create(index));
}

/** By what the stranger tries: all of it is let in at the door. */
const ATTACKS: { [name: string]: (customer: Customer) => SentEvent[] } = {
	"claims mail and phone for a user of his own": ({ email, phone }) => [
		forge({ type: "identify", userId: "thief", traits: { email, phone } }),
	],
	"claims them before the server did": ({ email, phone }) => [
		forge({ type: "identify", userId: "early-thief", traits: { email, phone }, timestamp: ago(EARLY_MIN) }),
	],
	"lets five users claim them, so that they look shared": ({ email, phone }) =>
		repeat(5, (index) => forge({ type: "identify", userId: `crowd-${index}`, traits: { email, phone } })),
	"puts 150 mails beside the userId": ({ name, userId }) =>
		repeat(150, (index) => forge({ type: "identify", userId, traits: { email: `${index}@${name}.example` } })),
	"puts 150 account numbers beside the mail": ({ name, email }) =>
		repeat(150, (index) =>
			forge({ type: "identify", traits: { email }, externalIds: [{ type: `kind-${index}`, id: `${name}-${index}` }] }),
		),
	"fills the places for mails and phones beforehand": ({ name, userId }) =>
		repeat(9, (index) =>
			forge({
				type: "identify",
				userId,
				timestamp: ago(EARLY_MIN),
				traits: { email: `${index}@${name}.example`, phone: `+861380000${1000 + index}` },
			}),
		),
	"aliases his device to the customer and to himself": ({ name, userId }) => {
		const anonymousId = `${name}-strange`;
		return [
			forge({ type: "page", anonymousId }),
			...[userId, "two-faced"].map((id) => forge({ type: "alias", anonymousId, previousId: anonymousId, userId: id })),
		];
	},
	"logs in on one device as everybody in turn": ({ name, userId, email, phone }) =>
		(
			[
				{ userId: "before" },
				{ userId },
				{ traits: { email } },
				{ userId: "between" },
				{ traits: { phone } },
				{ userId: "after" },
			] as Partial<WireEvent>[]
		).map((who, index) =>
			forge({ type: "identify", anonymousId: `${name}-strange`, timestamp: ago(210 - index), ...who }),
		),
	"denies consent in the customer's name": ({ userId, email, phone }) => [
		forge({
			type: "consent",
			userId,
			timestamp: ago(EARLY_MIN),
			traits: { analytics: false, stitching: false, email, phone },
		}),
	],
	"resets devices named like the customer": ({ userId, email }) =>
		[userId, email].map((anonymousId) => forge({ type: "reset", anonymousId, userId })),
	"links devices named like the customer": ({ userId, email }) => [
		forge({ type: "link", anonymousId: userId, previousId: email, userId }),
	],
	"sends earlier copies of the server's messageIds": ({ name, userId, email, phone }) => {
		const copy = { type: "track" as const, event: "Noise", anonymousId: undefined, timestamp: ago(700) };
		return [
			forge({ ...copy, messageId: `${name}-signup`, userId }),
			forge({ ...copy, messageId: `${name}-order`, userId }),
			forge({ ...copy, messageId: `${name}-call`, context: { traits: { phone } } }),
			forge({ ...copy, messageId: `${name}-mail`, context: { traits: { email } } }),
		];
	},
	"says the server's messageIds on his own device": ({ name, userId }) =>
		["signup", "order", "call", "mail"].map((what) =>
			forge({ type: "track", event: "Noise", messageId: `${name}-${what}`, userId, timestamp: ago(700) }),
		),
	"interrupts the customer's own stream with other mails": ({ name, userId, email }) =>
		repeat(40, (index) =>
			forge({
				type: "identify",
				anonymousId: undefined,
				userId,
				timestamp: ago(610 - index * 10),
				traits: { email: index % 2 === 0 ? email : `other@${name}.example` },
			}),
		),
	"makes him a company's": ({ userId, email }) => [forge({ type: "group", groupId: "g1", userId, traits: { email } })],
	"appears as him on 600 devices": ({ userId }) => repeat(600, () => forge({ type: "identify", userId })),
};

const NAMES = Object.keys(ATTACKS);
const customers = new Map(NAMES.map((name, index) => [name, createCustomer(`customer-${index}`, index)]));
const control = createCustomer("control", NAMES.length);

let collector: RunningCollector;
const before = new Map<string, Profile>();

function customerOf(name: string): Customer {
	return customers.get(name) as Customer;
}

/** @returns null where nobody is known by the identifier */
async function findProfile(query: { [kind: string]: string }): Promise<Profile | null> {
	const response = await fetch(`${collector.url}/v1/profiles?${new URLSearchParams(query)}`, {
		headers: authorise(collector.keys.read),
	});
	if (response.status === 404) return null;
	expect(response.status).toBe(200);
	return (await response.json()) as Profile;
}

/** Sends in batches as large as the door takes; every event must be accepted. */
async function send(key: string, events: readonly SentEvent[]): Promise<void> {
	for (let start = 0; start < events.length; start += 400) {
		const { rejected } = await postBatch(collector.url, key, events.slice(start, start + 400));
		expect(rejected).toEqual([]);
	}
}

beforeAll(async () => {
	collector = await startCollector();
	const everyone = [...customers.values(), control];
	await send(collector.keys.secret, everyone.flatMap(vouch));
	await settle(collector.url, collector.keys.read);
	for (const { name, userId } of everyone) before.set(name, (await findProfile({ userId })) as Profile);
	for (const name of NAMES)
		await send(collector.keys.write, (ATTACKS[name] as (customer: Customer) => SentEvent[])(customerOf(name)));
	await settle(collector.url, collector.keys.read, 60_000);
});
afterAll(() => collector.stop());

/** Contacts of a chain by the server's messageIds. */
function contactsOf({ name }: Customer, { touchpoints }: Profile): string[] {
	const contacts = touchpoints.map(({ evidence, type }) => `${evidence[0]} ${type}`);
	return contacts.filter((contact) => contact.startsWith(`${name}-`));
}

describe("a stranger with the public key", () => {
	it("meets customers that are whole", () => {
		for (const customer of [...customers.values(), control]) {
			const contacts = contactsOf(customer, before.get(customer.name) as Profile);
			expect(contacts).toEqual(
				expect.arrayContaining(
					["order order_paid", "call call_completed", "mail email_clicked"].map((it) => `${customer.name}-${it}`),
				),
			);
		}
	});

	it.each(NAMES)("%s: the customer stays whole", async (name) => {
		const customer = customerOf(name);
		const was = before.get(customer.name) as Profile;
		const { userId, email, phone } = customer;
		for (const query of [{ userId }, { email }, { phone }] as { [kind: string]: string }[]) {
			expect((await findProfile(query))?.profileId, JSON.stringify(query)).toBe(was.profileId);
		}
		const is = (await findProfile({ userId })) as Profile;
		expect(contactsOf(customer, is)).toEqual(expect.arrayContaining(contactsOf(customer, was)));
		expect({ shared: is.shared, contested: is.contested }).toEqual({ shared: [], contested: [] });
		const known = is.identities.map(({ kind, value }) => `${kind} ${value}`);
		for (const { kind, value } of was.identities) expect(known).toContain(`${kind} ${value}`);
	});

	it("leaves each event of the server's in its own customer's hands", async () => {
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		const owners = rows
			.filter(({ trust }) => trust === "server")
			.map(({ messageId, profileId }) => [messageId, profileId] as const);
		const wanted = [...customers.values(), control].flatMap((customer) =>
			vouch(customer).map(({ messageId }) => [messageId, before.get(customer.name)?.profileId ?? null] as const),
		);
		expect(owners.sort()).toEqual(wanted.sort());
	});
});

it("keeps a lead without a userId whole, apart from customers, with the server's traits, and says what it refused", async () => {
	const email = "lead@shop.example";
	const phone = "+8613911199999";
	const other = customerOf(NAMES[0] as string);
	await send(collector.keys.secret, [
		{ type: "identify", messageId: "lead-form", traits: { email, phone, name: "Li" }, timestamp: ago(600) },
		{
			type: "touch",
			channel: "phone",
			name: "call_completed",
			direction: "in",
			messageId: "lead-call",
			traits: { phone },
			timestamp: ago(400),
		},
	]);
	await send(collector.keys.write, [
		...repeat(4, (index) => forge({ type: "identify", userId: `sock-${index}`, traits: { phone, name: "Thief" } })),
		forge({ type: "identify", userId: other.userId, traits: { email }, timestamp: ago(300) }),
	]);
	await settle(collector.url, collector.keys.read);
	const byMail = (await findProfile({ email })) as Profile;
	expect((await findProfile({ phone }))?.profileId).toBe(byMail.profileId);
	expect(byMail.touchpoints.flatMap(({ evidence }) => evidence)).toContain("lead-call");
	expect(byMail.traits.name).toBe("Li");
	expect((await findProfile({ userId: other.userId }))?.profileId).toBe(before.get(other.name)?.profileId);
	expect(byMail.refusals.map(({ rule, reason }) => `${rule} ${reason}`)).toContain("public both_vouched");
	const named = byMail.evidence.map(({ identifier, rule }) => `${identifier.kind} ${rule}`);
	expect(named).toEqual(expect.arrayContaining(["email server", "phone server"]));
	for (const { kind, hash } of byMail.identities) {
		expect(byMail.evidence.some(({ identifier }) => identifier.kind === kind && identifier.hash === hash)).toBe(true);
	}
});

it("hears the same words from a server", async () => {
	const { userId, email, phone } = control;
	await send(collector.keys.secret, [
		forge({
			type: "consent",
			anonymousId: undefined,
			userId,
			timestamp: ago(EARLY_MIN),
			traits: { analytics: false, email, phone },
		}),
	]);
	await settle(collector.url, collector.keys.read);
	expect((await findProfile({ userId }))?.touchpoints ?? []).toEqual([]);
});
