/** Random histories for the identity rules: few people, few devices, coarse times, so that everything meets. */
import fc from "fast-check";
import type { LoggedEvent, Trust, WireEvent } from "../../collector/model.ts";

export const SETTINGS = { phoneRegion: "CN", blocked: [] };
export const SECRET = "a workspace's secret";
export const START = Date.parse("2025-03-10T10:00:00Z");
const STEP_MS = 10 * 60_000;

export type Sent = Partial<WireEvent> & { type: WireEvent["type"] };
type Ref = { [kind: string]: string };

/** What a history is made of. Small numbers make people meet; each scene makes other rules meet. */
interface Scene {
	devices: number;
	users: number;
	emails: number;
	phones: number;
	/** Length in steps of ten minutes. */
	steps: number;
	/** How many messageIds there are: few make unlike copies and one messageId in two streams. */
	messageIds: number;
	events: number;
	/** Relative frequencies. */
	anonymous: number;
	login: number;
	lead: number;
	contact: number;
	group: number;
	reset: number;
	alias: number;
	link: number;
	unlink: number;
	consent: number;
	erase: number;
}

const STREET: Scene = {
	devices: 3,
	users: 4,
	emails: 3,
	phones: 2,
	steps: 60,
	messageIds: 1_000_000,
	events: 40,
	anonymous: 6,
	login: 4,
	lead: 4,
	contact: 5,
	group: 1,
	reset: 1,
	alias: 1,
	link: 1,
	unlink: 1,
	consent: 1,
	erase: 1,
};
const SAID_LITTLE = { group: 0, reset: 0, alias: 0, link: 0, unlink: 0, consent: 0, erase: 0 };

const SCENES: Scene[] = [
	STREET,
	{ ...STREET, messageIds: 12, steps: 6, events: 25 },
	{ ...STREET, events: 25, reset: 3, alias: 3, link: 2, unlink: 3, consent: 2 },
	{ ...STREET, ...SAID_LITTLE },
	// A desk that many people use.
	{ ...STREET, ...SAID_LITTLE, devices: 1, reset: 1, unlink: 1, alias: 1 },
	// Few addresses beside many userIds.
	{ ...STREET, ...SAID_LITTLE, users: 5, emails: 1, phones: 1, contact: 20, anonymous: 2, alias: 4, unlink: 1 },
	// One device, silences of about half an hour, aliases beside the visits.
	{
		...STREET,
		...SAID_LITTLE,
		devices: 1,
		users: 2,
		steps: 20,
		events: 12,
		login: 1,
		lead: 0,
		contact: 0,
		alias: 4,
		unlink: 1,
	},
	// The same claims said publicly and by a server.
	{
		...STREET,
		...SAID_LITTLE,
		devices: 1,
		users: 3,
		emails: 2,
		phones: 1,
		steps: 4,
		contact: 20,
		anonymous: 1,
		login: 0,
	},
	// Requests to be forgotten.
	{ ...STREET, ...SAID_LITTLE, users: 2, steps: 5, erase: 5, alias: 1, link: 1, events: 20 },
];

const among = (name: string, count: number): fc.Arbitrary<string> =>
	fc.integer({ min: 1, max: count }).map((index) => `${name}${index}`);
const maybe = <T>(item: fc.Arbitrary<T>, absent = 1): fc.Arbitrary<T | undefined> =>
	fc.oneof({ weight: 1, arbitrary: item }, { weight: absent, arbitrary: fc.constant(undefined) });
const trusts: fc.Arbitrary<Trust> = fc.constantFrom("server", "server", "public");

/** Steps from the start, so that gaps of exactly 30 min and equal times are common; now and then a millisecond more. */
function timesIn(scene: Scene): fc.Arbitrary<number> {
	return fc
		.tuple(fc.integer({ min: 0, max: scene.steps }), fc.constantFrom(0, 0, 0, 1))
		.map(([step, more]) => START + step * STEP_MS + more);
}

function sentsIn(scene: Scene): fc.Arbitrary<Sent> {
	const device = among("dev-", scene.devices);
	const user = among("u", scene.users);
	const email = among("mail", scene.emails).map((name) => `${name}@x.cn`);
	const phone = fc.integer({ min: 1, max: scene.phones }).map((index) => `+861391111000${index}`);
	const crmId = among("7", 3);
	const times = timesIn(scene);
	const traits = fc.oneof(
		email.map((value) => ({ email: value })),
		fc.record({ email, phone, unionid: among("U", 2) }, { requiredKeys: [] }),
	) as fc.Arbitrary<Ref>;
	const ref = fc.oneof(
		user.map((userId) => ({ userId })),
		device.map((anonymousId) => ({ anonymousId })),
		email.map((value) => ({ email: value })),
		phone.map((value) => ({ phone: value })),
		crmId.map((id) => ({ "ext:crm": id })),
	) as fc.Arbitrary<Ref>;

	const kinds: { [kind in keyof Scene]?: fc.Arbitrary<object> } = {
		anonymous: device.map((anonymousId) => ({ type: "page", anonymousId })),
		login: fc.tuple(device, user).map(([anonymousId, userId]) => ({ type: "identify", anonymousId, userId })),
		lead: fc.tuple(device, traits).map(([anonymousId, fields]) => ({ type: "identify", anonymousId, traits: fields })),
		contact: fc
			.tuple(maybe(device), maybe(user), maybe(traits), maybe(crmId, 5), fc.constantFrom("track", "identify"))
			.map(([anonymousId, userId, fields, crm, type]) => ({
				type,
				anonymousId,
				userId,
				traits: fields,
				externalIds: crm && [{ type: "crm", id: crm }],
			})),
		group: fc
			.tuple(device, user)
			.map(([anonymousId, userId]) => ({ type: "group", anonymousId, userId, groupId: "g" })),
		reset: device.map((anonymousId) => ({ type: "reset", anonymousId })),
		alias: fc.oneof(
			fc.tuple(user, user).map(([userId, previousId]) => ({ type: "alias", userId, previousId })),
			fc.tuple(user, device).map(([userId, id]) => ({ type: "alias", userId, anonymousId: id, previousId: id })),
			fc
				.tuple(user, device)
				.map(([userId, id]) => ({ type: "alias", userId, previousId: id, previousIdType: "anonymousId" })),
		),
		link: fc.tuple(device, device).map(([anonymousId, previousId]) => ({ type: "link", anonymousId, previousId })),
		unlink: fc.tuple(ref, ref).map((ids) => ({ type: "unlink", ids })),
		consent: fc
			.tuple(maybe(device), maybe(user), fc.constantFrom("analytics", "stitching"), fc.boolean())
			.map(([anonymousId, userId, key, value]) => ({ type: "consent", anonymousId, userId, traits: { [key]: value } })),
		erase: fc
			.tuple(fc.array(ref, { maxLength: 1 }), fc.array(fc.tuple(ref, times, times), { maxLength: 3 }))
			.map(([ids, slices]) => ({
				type: "erase",
				ids,
				slices: slices.map(([id, x, y]) => ({
					id,
					from: new Date(Math.min(x, y)).toISOString(),
					to: new Date(Math.max(x, y)).toISOString(),
				})),
			})),
	};
	const weighted = Object.entries(kinds).map(([kind, arbitrary]) => ({
		weight: scene[kind as keyof Scene],
		arbitrary: arbitrary as fc.Arbitrary<Sent>,
	}));
	return fc.oneof(...weighted);
}

/** JSON as it would have come over the wire: absent fields are absent. */
export function toLogged(sent: Sent, messageId: string, timestamp: number, trust: Trust = "server"): LoggedEvent {
	const wire = JSON.parse(JSON.stringify({ ...sent, messageId })) as LoggedEvent["sent"];
	return { sent: wire, timestamp, receivedAt: timestamp + 1_000, trust, added: {} };
}

function logsIn(scene: Scene): fc.Arbitrary<LoggedEvent[]> {
	const event = fc
		.tuple(sentsIn(scene), fc.integer({ min: 0, max: scene.messageIds }), timesIn(scene), trusts)
		.map(([sent, id, timestamp, trust]) => toLogged(sent, `m${id}`, timestamp, trust));
	return fc.array(event, { minLength: 1, maxLength: scene.events, size: "max" });
}

/** Histories of every scene. */
export const anyLogs: fc.Arbitrary<LoggedEvent[]> = fc.oneof(...SCENES.map(logsIn));
