/** What a batch costs does not follow from how long its stream is, nor from who else uses the device or the number. */
import { describe, expect, it } from "vitest";
import { createHasher, nodeKey } from "../../collector/identity/index.ts";
import type { LoggedEvent, WireEvent } from "../../collector/model.ts";
import { findFaults } from "../simulator/check.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import type { World } from "../simulator/world.ts";

const START = Date.parse("2025-01-01T00:00:00Z");
const BATCH_EVENTS = 20;
/** Of the long stream: 100 visits of these. */
const VISIT_EVENTS = 200;
const DAY_MS = 24 * 3600_000;

let ids = 0;

function view(at: number, more: Partial<WireEvent> = {}): LoggedEvent {
	const time = at.toString(16).padStart(12, "0");
	const messageId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${(++ids).toString(16).padStart(12, "0")}`;
	return {
		sent: { type: "page", anonymousId: "device", properties: { path: "/" }, ...more, messageId },
		timestamp: at,
		receivedAt: at,
		trust: "public",
		added: {},
	};
}

/** One visit a day. */
function visitAt(day: number, more?: Partial<WireEvent>, length = BATCH_EVENTS): LoggedEvent[] {
	return Array.from({ length }, (_, index) => view(START + day * DAY_MS + index * 1_000, more));
}

/** A device whose user logged in on the day before. */
async function createWorldOf(days: number): Promise<World> {
	const world = createQuietWorld();
	const logins = Array.from({ length: 3 }, (_, index) => view(START - DAY_MS + index, { userId: "user" }));
	await world.play([
		{ events: logins },
		...Array.from({ length: days }, (_, day) => ({ events: visitAt(day, {}, VISIT_EVENTS) })),
	]);
	for (const { disk } of world.network.hosts.values()) disk.countRows();
	return world;
}

/** Rows read and written by one more batch, until all is settled, over all objects. */
async function costOf(world: World, events: LoggedEvent[]) {
	const before = countersOf(world);
	await world.play([{ events }]);
	const after = countersOf(world);
	return { rowsRead: after.rowsRead - before.rowsRead, rowsWritten: after.rowsWritten - before.rowsWritten };
}

function countersOf(world: World) {
	const sum = { rowsRead: 0, rowsWritten: 0 };
	for (const { disk } of world.network.hosts.values()) {
		sum.rowsRead += disk.counters.rowsRead;
		sum.rowsWritten += disk.counters.rowsWritten;
	}
	return sum;
}

describe("a batch that brings no new claim", () => {
	it("reads and writes as many rows on a stream with 20,000 events as on a short one", async () => {
		const short = await createWorldOf(1);
		const long = await createWorldOf(100);
		try {
			const visits = {
				new: (day: number) => visitAt(day),
				continued: (day: number) => visitAt(day).map((event) => view(event.timestamp + 30 * 60_000)),
				interleaved: (day: number) => [view(START + day * DAY_MS + 7), view(START + day * DAY_MS + 9)],
			};
			for (const make of Object.values(visits)) {
				const cost = await costOf(long, make(100));
				expect(cost).toEqual(await costOf(short, make(1)));
				expect(cost.rowsWritten).toBeGreaterThan(0);
			}
			// Into the visit of an old day: its messageId is looked up in the one bucket of its time, and the pages of
			// the archive are opened (the graph's answer and 2 of 32 visits each), of which the visit's own is written.
			const late = { long: await costOf(long, [view(START + 30)]), short: await costOf(short, [view(START + 30)]) };
			expect(late.long).toEqual({
				rowsRead: late.short.rowsRead + 1 + 3,
				rowsWritten: late.short.rowsWritten + 1,
			});
		} finally {
			short.close();
			long.close();
		}
	}, 120_000);

	it("tells the graph nothing", async () => {
		const world = await createWorldOf(2);
		try {
			const graph = world.network.host("graph").disk.counters;
			const before = graph.rowsWritten;
			await world.play([{ events: visitAt(2) }]);
			expect(graph.rowsWritten).toBe(before);
			await world.play([{ events: visitAt(3, { userId: "user" }) }]);
			expect(graph.rowsWritten).toBeGreaterThan(before);
		} finally {
			world.close();
		}
	});

	it("is not folded by reading through a table", async () => {
		const world = await createWorldOf(3);
		try {
			const big = /^SCAN (log|heads|seen|pieces|nodes|streams|statements|owners|n|s)\b/;
			const scans = [...world.network.hosts.values()]
				.flatMap(({ disk }) => disk.plans())
				.filter(({ step }) => big.test(step));
			expect(scans).toEqual([]);
		} finally {
			world.close();
		}
	});
});

describe("beside others", () => {
	/** So many people, each with a visit of his own in which he logs in. */
	async function createTown(people: number): Promise<World> {
		const world = createQuietWorld();
		const visits = Array.from({ length: people }, (_, index) => ({
			events: visitAt(0, { anonymousId: `device-${index}`, userId: `user-${index}` }),
		}));
		await world.play(visits);
		for (const { disk } of world.network.hosts.values()) disk.countRows();
		return world;
	}

	function readRows(world: World, profileId: string): number {
		// Only his own shard is asked; another would look at a neighbour's row.
		const own = [...world.profiles.values()].find((shard) => shard.readPieces(profileId).length > 0);
		const before = countersOf(world).rowsRead;
		expect(own?.readPieces(profileId)).toHaveLength(4);
		return countersOf(world).rowsRead - before;
	}

	it("a batch, a login and a profile's reading cost as many rows among 5,000 events as among 20", async () => {
		const [few, many] = [await createTown(1), await createTown(5_000 / BATCH_EVENTS)];
		try {
			for (const more of [{}, { userId: "user-0" }, { userId: "user-0", traits: { email: "a@x.cn" } }]) {
				const make = (day: number) => visitAt(day, { anonymousId: "device-0", ...more });
				const day = Object.keys(more).length + 1;
				const [cost, beside] = [await costOf(many, make(day)), await costOf(few, make(day))];
				expect(cost.rowsWritten).toBe(beside.rowsWritten);
				// Every object begins anew, and goes on counting twins for a few changes.
				expect(cost.rowsRead).toBeLessThan(beside.rowsRead + 15);
			}
			const hash = createHasher(few.config.secret);
			const profileId = few.graph?.questions.profileOfNode(nodeKey("userId", hash("userId", "user-0"))) as string;
			expect(readRows(many, profileId)).toBe(readRows(few, profileId));
		} finally {
			few.close();
			many.close();
		}
	}, 120_000);
});

describe("one more user on a shared phone", () => {
	const PHONE = { phone: "13911112222" };
	const CALL_MS = START - 10 * DAY_MS;

	/** A hotline's number, which so many users gave as theirs, and calls by it. */
	async function createHotline(users: number): Promise<World> {
		const world = createQuietWorld();
		const logins = Array.from({ length: users }, (_, index) =>
			view(START + index * 1000, { anonymousId: `device-${index}`, userId: `user-${index}`, traits: PHONE }),
		);
		const batches = Array.from({ length: Math.ceil(users / 50) }, (_, index) => ({
			events: logins.slice(index * 50, index * 50 + 50),
		}));
		await world.play([{ events: [view(CALL_MS, { anonymousId: undefined, traits: PHONE })] }, ...batches]);
		for (const { disk } of world.network.hosts.values()) disk.countRows();
		return world;
	}

	it("reads and writes as few rows beside 600 as beside 60, and so do a call and a login by it", async () => {
		const [few, many] = [await createHotline(60), await createHotline(600)];
		try {
			const news = [
				() => view(START + DAY_MS, { anonymousId: "new-device", userId: "new-user", traits: PHONE }),
				() =>
					view(START + DAY_MS, { anonymousId: "device-7", userId: "user-7", traits: { ...PHONE, email: "7@x.cn" } }),
				() => view(START + 2 * DAY_MS, { anonymousId: undefined, traits: PHONE }),
			];
			for (const make of news) {
				const cost = await costOf(many, [make()]);
				const beside = await costOf(few, [make()]);
				// Rounds fall as the schedule has it, and each reads a few rows of its own.
				expect(cost.rowsWritten).toBeLessThan(beside.rowsWritten + 15);
				expect(cost.rowsRead).toBeLessThan(beside.rowsRead + 30);
			}
		} finally {
			few.close();
			many.close();
		}
	}, 120_000);

	it("is read all the same once the number is no longer shared", async () => {
		const world = await createHotline(4);
		try {
			const one = view(START + DAY_MS, { userId: "user-0", traits: PHONE });
			await world.play([{ events: [one] }]);
			// Three of the four were one person: two users are left.
			const aliases = ["user-1", "user-2"].map((previousId) =>
				view(START + 2 * DAY_MS, { type: "alias", anonymousId: undefined, userId: "user-0", previousId }),
			);
			await world.play([{ events: aliases.map((event) => ({ ...event, trust: "server" as const })) }]);
			expect(findFaults(world)).toEqual([]);
		} finally {
			world.close();
		}
	});
});

describe("one more customer at a shared tablet", () => {
	const HOUR_MS = 3600_000;
	const tablet = { type: "identify", anonymousId: "tablet" } as const;

	/** A shop's tablet at which so many customers logged in, each of whom has a phone besides. */
	async function createShop(customers: number): Promise<World> {
		const world = createQuietWorld();
		const logins = Array.from({ length: customers }, (_, index) => {
			const at = START + index * HOUR_MS;
			const [userId, email] = [`user-${index}`, `${index}@x.cn`];
			return [
				view(at, { ...tablet, userId }),
				view(at + 1000, { anonymousId: `phone-${index}`, userId, traits: { email } }),
			];
		}).flat();
		const batches = Array.from({ length: Math.ceil(logins.length / 200) }, (_, index) => ({
			events: logins.slice(index * 200, index * 200 + 200),
		}));
		await world.play(batches);
		for (const { disk } of world.network.hosts.values()) disk.countRows();
		return world;
	}

	it("costs the graph as few rows beside 200 as beside 20, and so do a login there and elsewhere, and a visit", async () => {
		const [few, many] = [await createShop(20), await createShop(200)];
		const later = START + 1000 * HOUR_MS;
		const news = [
			() => view(later, { ...tablet, userId: "newcomer" }),
			() => view(later + DAY_MS, { ...tablet, userId: "user-7" }),
			() => view(later + 2 * DAY_MS, { anonymousId: "phone-7", userId: "user-7", traits: { email: "seven@x.cn" } }),
			() => view(later + 3 * DAY_MS, { anonymousId: "tablet" }),
		];
		const costOfGraph = async (world: World, event: LoggedEvent) => {
			const { counters } = world.network.host("graph").disk;
			const before = { ...counters };
			await world.play([{ events: [event] }]);
			return {
				rowsRead: counters.rowsRead - before.rowsRead,
				rowsWritten: counters.rowsWritten - before.rowsWritten,
			};
		};
		try {
			for (const make of news) {
				const cost = await costOfGraph(many, make());
				const beside = await costOfGraph(few, make());
				// Rounds fall as the schedule has it, and each reads a few rows of its own.
				expect(cost.rowsWritten).toBeLessThan(beside.rowsWritten + 5);
				expect(cost.rowsRead).toBeLessThan(beside.rowsRead + 20);
			}
			expect(findFaults(few)).toEqual([]);
		} finally {
			few.close();
			many.close();
		}
	}, 120_000);

	it("is stitched with the others' logins all the same once the tablet is no longer shared", async () => {
		const world = await createShop(3);
		try {
			// Of the three, two are one: two people are left, and the visits between their logins are theirs.
			const alias = { type: "alias", anonymousId: undefined, userId: "user-0", previousId: "user-1" } as const;
			await world.play([{ events: [{ ...view(START + DAY_MS, alias), trust: "server" }] }]);
			expect(findFaults(world)).toEqual([]);
			expect(world.network.host("graph").disk.all("SELECT device FROM shared_devices", [])).toEqual([]);
		} finally {
			world.close();
		}
	});
});
