/**
 * The worked identity examples through the running collector: whatever the order of arrival, the
 * repeats and the pauses between, `/v1/events` tells the same people apart.
 *
 * One collector serves every delivery of every case, so that each delivery has identifiers of its own.
 */

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATA_TYPES, STATEMENT_TYPES, type WireEvent } from "../../sdk/wire.ts";
import cases from "../cases/identity.json" with { type: "json" };
import { type EventRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { createRandom, shuffle } from "../support/random.ts";

interface CaseEvent {
	type: string;
	messageId: string;
	traits?: { [key: string]: string };
	[field: string]: unknown;
}

interface Case {
	name: string;
	events: CaseEvent[];
	expect: { profiles: string[][]; unattributed?: string[]; excluded?: string[] };
}
const CASES = cases.cases as Case[];
/** As they stand in the cases; they link nothing whoever sends them, and must reach the collector as they are. */
const BLOCKED = new Set(["null", "undefined", "00000000-0000-0000-0000-000000000000"]);
const SHUFFLES = 3;
const TYPES: ReadonlySet<string> = new Set([...DATA_TYPES, ...STATEMENT_TYPES]);

/** A case with identifiers and messageIds that no other delivery uses. */
interface Delivery {
	name: string;
	prefix: string;
	events: WireEvent[];
	expect: Case["expect"];
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** @param round 0 to 9, the number of the delivery */
function prepare({ name, events, expect }: Case, round: number): Delivery {
	const number = Number(name.slice(0, 2));
	const prefix = `${round}-${number}-`;
	const own = (id: string) => (BLOCKED.has(id) ? id : prefix + id);
	const ownMail = (mail: string) => mail.replace("@", `@x${round}x${number}.`);
	const ownPhone = (phone: string) => phone.slice(0, -4) + String(5000 + round * 100 + number);
	const mails = events.flatMap(({ traits }) => (traits?.email === undefined ? [] : [traits.email]));
	const hashes = new Map(mails.map((mail) => [sha256(normalise(mail)), sha256(normalise(ownMail(mail)))]));
	const ownHash = (hash: string) => {
		const mapped = hashes.get(hash.toLowerCase()) ?? sha256(prefix + hash);
		return hash === hash.toUpperCase() ? mapped.toUpperCase() : mapped;
	};
	const renames: { [field: string]: (value: string) => string } = {
		userId: own,
		anonymousId: own,
		previousId: own,
		messageId: own,
		id: own,
		unionid: own,
		openid: own,
		email: ownMail,
		emailSha256: ownHash,
		phone: ownPhone,
	};
	const rename = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(rename);
		if (value === null || typeof value !== "object") return value;
		return Object.fromEntries(
			Object.entries(value).map(([key, inner]) => [
				key,
				typeof inner === "string" ? (renames[key]?.(inner) ?? inner) : rename(inner),
			]),
		);
	};
	return { name, prefix, expect, events: events.map((event) => nameType(rename(event) as CaseEvent)) };
}

function normalise(mail: string): string {
	return mail.trim().toLowerCase();
}

/** Types that the HTTP contract does not know stand for track events of that name. */
function nameType(event: CaseEvent): WireEvent {
	const { type } = event;
	if (!TYPES.has(type)) return { ...event, type: "track", event: type } as WireEvent;
	return { ...event, ...(type === "track" ? { event: "Seen" } : {}) } as WireEvent;
}

/** What `/v1/events` says of one delivery, in the words of the cases. */
function answer(rows: readonly EventRow[], { prefix }: Delivery): Case["expect"] & { repeats: string[] } {
	const statements: ReadonlySet<string> = new Set(STATEMENT_TYPES);
	const own = rows
		.filter(({ messageId }) => messageId.startsWith(prefix))
		.map((row) => ({ ...row, messageId: row.messageId.slice(prefix.length) }));
	const data = own.filter(({ type }) => !statements.has(type));
	const ids = (items: readonly EventRow[]) => items.map(({ messageId }) => messageId).sort();
	const profiles = Map.groupBy(
		data.filter(({ profileId }) => profileId !== null),
		({ profileId }) => profileId,
	);
	const seen = new Set<string>();
	return {
		profiles: [...profiles.values()].map(ids).sort(),
		unattributed: ids(data.filter(({ profileId }) => profileId === null)),
		repeats: ids(own).filter((id) => seen.size === seen.add(id).size),
	};
}

function wanted({ expect }: Delivery): ReturnType<typeof answer> {
	return {
		profiles: expect.profiles.map((ids) => ids.toSorted()).sort(),
		unattributed: (expect.unattributed ?? []).toSorted(),
		repeats: [],
	};
}

describe("the 34 identity cases through HTTP", () => {
	let collector: RunningCollector;

	beforeAll(async () => {
		collector = await startCollector();
	});
	afterAll(() => collector.stop());

	async function send(events: readonly WireEvent[]): Promise<void> {
		const { rejected } = await postBatch(collector.url, collector.keys.secret, events);
		expect(rejected).toEqual([]);
	}

	async function check(deliveries: readonly Delivery[]): Promise<void> {
		await settle(collector.url, collector.keys.read);
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		for (const delivery of deliveries) expect(answer(rows, delivery), delivery.name).toEqual(wanted(delivery));
	}

	it("reads all of them, each with something to tell", () => {
		expect(CASES).toHaveLength(34);
		for (const { name, expect: expected } of CASES) expect(expected.profiles.length, name).toBeGreaterThan(0);
	});

	it("hold as given", async () => {
		const deliveries = CASES.map((one) => prepare(one, 0));
		for (const { events } of deliveries) await send(events);
		await check(deliveries);
	});

	it("hold when everything arrives the other way round, an event a request", async () => {
		const deliveries = CASES.map((one) => prepare(one, 1));
		await Promise.all(
			deliveries.map(async ({ events }) => {
				for (const event of events.toReversed()) await send([event]);
			}),
		);
		await check(deliveries);
	});

	it(`hold in ${SHUFFLES} random orders with repeats, in batches that mix the cases`, async () => {
		const random = createRandom(34);
		const deliveries = Array.from({ length: SHUFFLES }, (_, index) =>
			CASES.map((one) => prepare(one, 2 + index)),
		).flat();
		const events = deliveries.flatMap((delivery) => delivery.events);
		const arrivals = shuffle([...events, ...events.filter(() => random() < 0.3)], random);
		while (arrivals.length > 0) await send(arrivals.splice(0, 1 + Math.floor(random() * 20)));
		await check(deliveries);
	});

	it("hold one event at a time, with the store settling in between", async () => {
		const random = createRandom(35);
		const deliveries = CASES.map((one) => {
			const delivery = prepare(one, 9);
			return { ...delivery, events: shuffle(delivery.events, random) };
		});
		const longest = Math.max(...deliveries.map(({ events }) => events.length));
		for (let step = 0; step < longest; step++) {
			await send(deliveries.flatMap(({ events }) => events.slice(step, step + 1)));
			await settle(collector.url, collector.keys.read);
		}
		await check(deliveries);
	});
});
