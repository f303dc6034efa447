/** Random histories for the identity rules: few people, few devices, coarse times, so that everything meets. */
import fc from "fast-check";
import type { LoggedEvent, Trust, WireEvent } from "../../collector/model.ts";

export const SETTINGS = { phoneRegion: "CN", blocked: [] };
export const SECRET = "a workspace's secret";
export const START = Date.parse("2025-03-10T10:00:00Z");
const STEP_MS = 10 * 60_000;

const devices = fc.constantFrom("dev-a", "dev-b", "dev-c");
const users = fc.constantFrom("u1", "u2", "u3", "u4");
const emails = fc.constantFrom("a@x.cn", "b@x.cn", "c@x.cn");
const phones = fc.constantFrom("+8613911112222", "+8613911113333");
const crmIds = fc.constantFrom("77", "78", "79");

/** Ten-minute steps over a day, so that gaps of exactly 30 min and equal times are common; now and then a millisecond more. */
const times = fc
	.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom(0, 0, 0, 1))
	.map(([step, more]) => START + step * STEP_MS + more);
const trusts: fc.Arbitrary<Trust> = fc.constantFrom("server", "server", "public");

const traits = fc
	.record({ email: emails, phone: phones, unionid: fc.constantFrom("U1", "U2") }, { requiredKeys: [] })
	.map((fields) => fields as { [name: string]: string });
const maybe = <T>(item: fc.Arbitrary<T>, absent = 1): fc.Arbitrary<T | undefined> =>
	fc.oneof({ weight: 1, arbitrary: item }, { weight: absent, arbitrary: fc.constant(undefined) });

const refs = fc.oneof(
	users.map((userId) => ({ userId })),
	devices.map((anonymousId) => ({ anonymousId })),
	emails.map((email) => ({ email })),
	phones.map((phone) => ({ phone })),
	crmIds.map((id) => ({ "ext:crm": id })),
) as fc.Arbitrary<{ [kind: string]: string }>;

type Sent = Partial<WireEvent> & { type: WireEvent["type"] };

const anonymous = devices.map((anonymousId): Sent => ({ type: "page", anonymousId }));
const contact = fc
	.tuple(maybe(devices), maybe(users), maybe(traits), maybe(crmIds, 5), fc.constantFrom("track", "identify", "page"))
	.map(([anonymousId, userId, fields, crmId, type]) => ({
		type: type as WireEvent["type"],
		anonymousId,
		userId,
		traits: fields,
		externalIds: crmId && [{ type: "crm", id: crmId }],
	})) as fc.Arbitrary<Sent>;
const lead = fc
	.tuple(devices, traits)
	.map(([anonymousId, fields]): Sent => ({ type: "identify", anonymousId, traits: fields }));
const login = fc
	.tuple(devices, users)
	.map(([anonymousId, userId]): Sent => ({ type: "identify", anonymousId, userId }));
const group = fc
	.tuple(devices, users)
	.map(([anonymousId, userId]): Sent => ({ type: "group", anonymousId, userId, groupId: "g" }));
const reset = devices.map((anonymousId): Sent => ({ type: "reset", anonymousId }));
const alias = fc.oneof(
	fc.tuple(users, users).map(([userId, previousId]) => ({ type: "alias", userId, previousId })),
	fc.tuple(users, devices).map(([userId, id]) => ({ type: "alias", userId, anonymousId: id, previousId: id })),
	fc
		.tuple(users, devices)
		.map(([userId, id]) => ({ type: "alias", userId, previousId: id, previousIdType: "anonymousId" })),
) as fc.Arbitrary<Sent>;
const link = fc
	.tuple(devices, devices)
	.map(([anonymousId, previousId]): Sent => ({ type: "link", anonymousId, previousId }));
const unlink = fc.tuple(refs, refs).map(([one, other]): Sent => ({ type: "unlink", ids: [one, other] }));
const consent = fc
	.tuple(maybe(devices), maybe(users), fc.constantFrom("analytics", "stitching"), fc.boolean())
	.map(([anonymousId, userId, key, value]) => ({
		type: "consent",
		anonymousId,
		userId,
		traits: { [key]: value },
	})) as fc.Arbitrary<Sent>;
const erase = fc
	.tuple(fc.array(refs, { maxLength: 2 }), fc.array(fc.tuple(refs, times, times), { maxLength: 2 }))
	.map(([ids, slices]) => ({
		type: "erase",
		ids,
		slices: slices.map(([id, x, y]) => ({
			id,
			from: new Date(Math.min(x, y)).toISOString(),
			to: new Date(Math.max(x, y)).toISOString(),
		})),
	})) as fc.Arbitrary<Sent>;

/** The events that people make; statements are left to {@link anyEvents}. */
const dataSents = fc.oneof(
	{ weight: 6, arbitrary: anonymous },
	{ weight: 5, arbitrary: contact },
	{ weight: 4, arbitrary: lead },
	{ weight: 4, arbitrary: login },
	{ weight: 1, arbitrary: group },
);
const statementSents = fc.oneof(
	{ weight: 3, arbitrary: reset },
	{ weight: 3, arbitrary: alias },
	{ weight: 2, arbitrary: link },
	{ weight: 3, arbitrary: unlink },
	{ weight: 2, arbitrary: consent },
	{ weight: 1, arbitrary: erase },
);

/** JSON as it would have come over the wire: absent fields are absent. */
export function toLogged(sent: Sent, messageId: string, timestamp: number, trust: Trust): LoggedEvent {
	const wire = JSON.parse(JSON.stringify({ ...sent, messageId })) as LoggedEvent["sent"];
	return { sent: wire, timestamp, receivedAt: timestamp + 1_000, trust, added: {} };
}

const logOf = (sents: fc.Arbitrary<Sent>, messageIds: number, maxLength: number): fc.Arbitrary<LoggedEvent[]> =>
	fc.array(
		fc
			.tuple(sents, fc.integer({ min: 0, max: messageIds }), times, trusts)
			.map(([sent, id, timestamp, trust]) => toLogged(sent, `m${id}`, timestamp, trust)),
		{ minLength: 1, maxLength },
	);

/** Few messageIds, so that unlike copies and one messageId in two streams are common. */
export const anyLogs: fc.Arbitrary<LoggedEvent[]> = fc.oneof(
	logOf(fc.oneof({ weight: 4, arbitrary: dataSents }, { weight: 1, arbitrary: statementSents }), 20, 30),
	logOf(fc.oneof({ weight: 4, arbitrary: dataSents }, { weight: 1, arbitrary: statementSents }), 1_000_000, 40),
	logOf(fc.oneof({ weight: 1, arbitrary: dataSents }, { weight: 1, arbitrary: statementSents }), 1_000_000, 25),
	logOf(dataSents, 1_000_000, 40),
);
