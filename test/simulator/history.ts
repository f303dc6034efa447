/**
 * Random histories: few people, few devices, times on the edges of the rules, so that everything
 * meets everything.
 */
import type { LoggedEvent, Trust, WireEvent } from "../../collector/model.ts";
import type { Random } from "./random.ts";
import type { Step } from "./world.ts";

const START = Date.parse("2025-03-10T10:00:00Z");
const MINUTE = 60_000;

/** Steps of time, ms: mostly within a visit, often on an edge. */
const GAPS: readonly (readonly [number, number])[] = [
	[4, 1_000],
	[2, 0],
	[5, 5 * MINUTE],
	[3, 20 * MINUTE],
	[2, 30 * MINUTE - 1],
	[2, 30 * MINUTE],
	[2, 30 * MINUTE + 1],
	[2, 90 * MINUTE],
	[1, 24 * 60 * MINUTE],
	[1, 24 * 60 * MINUTE + 1],
];

/** Where an identifier changes hands while it is spoken of. */
const QUICK_GAPS: typeof GAPS = [
	[6, 1_000],
	[2, 0],
	[5, 5 * MINUTE],
	[1, 20 * MINUTE],
	[1, 30 * MINUTE + 1],
];

type Sent = Omit<WireEvent, "type"> & { type: WireEvent["type"] };

export function makeHistory(random: Random): Step[] {
	return new Writer(random).write();
}

class Writer {
	private readonly random: Random;
	private readonly devices: string[];
	private readonly users: string[];
	private readonly emails: string[];
	private readonly phones: string[];
	private readonly crmIds: string[];
	/** Chance that an event is a statement, that a messageId is used again, that an event comes late. */
	private readonly statements: number;
	private readonly sameIds: number;
	private readonly lateness: number;
	private readonly servers: number;
	private readonly erasures: number;
	/** Many users share one mail and one phone, so that identifiers become shared, and no more. */
	private readonly isCrowded: boolean;
	/** A phone and a mail go from one user to another and back, and most contacts name nothing else. */
	private readonly isHandover: boolean;
	/** People are known by mail, phone and customer number, hardly anyone by a userId. */
	private readonly isLeads: boolean;
	/** A shop's tablet at which most people log in: merged and parted, they make it a shared device and no shared one. */
	private readonly isDesk: boolean;
	/** Nobody is parted from a device: then who is idle may be forgotten (run.ts). */
	private readonly isWhole: boolean;
	/** messageIds as our script makes them. */
	private readonly hasUuids: boolean;
	private now = START;
	private ids = 0;

	constructor(random: Random) {
		this.random = random;
		const pool = (name: string, most: number, least = 1) =>
			Array.from({ length: random.between(least, most) }, (_, index) => `${name}${index + 1}`);
		const scene = random.pick(["street", "street", "crowd", "handover", "leads", "desk", "desk"] as const);
		this.isCrowded = scene === "crowd";
		this.isHandover = scene === "handover";
		this.isLeads = scene === "leads";
		this.isDesk = scene === "desk";
		this.isWhole = this.isDesk && random.chance(0.5);
		const isTight = this.isCrowded || this.isHandover;
		this.devices = pool("device-", this.isCrowded ? 7 : 4);
		this.users = this.isCrowded
			? pool("user-", 8, 4)
			: this.isDesk
				? pool("user-", 6, 3)
				: pool("user-", this.isHandover || this.isLeads ? 2 : 5, this.isHandover ? 2 : 1);
		const mails = this.isLeads || this.isDesk ? pool("mail", 6, 4) : pool("mail", isTight ? 1 : 3);
		this.emails = mails.map((name) => `${name}@shop.cn`);
		this.phones = this.isLeads ? pool("+861391111222", 6, 4) : pool("+861391111222", isTight ? 1 : 2);
		this.crmIds = pool("crm-", this.isLeads || this.isDesk ? 6 : 2);
		this.statements = random.pick(isTight || this.isDesk ? [0.1, 0.2, 0.3] : [0, 0.1, 0.3, 0.5]);
		this.sameIds = random.pick([0, 0.05, 0.3]);
		this.lateness = random.pick([0, 0.1, 0.5]);
		this.servers = random.pick(this.isCrowded || this.isLeads ? [0.3, 0.6, 1] : [0, 0.5, 1]);
		this.hasUuids = random.chance(0.5);
		this.erasures = random.pick([0, 0, 1, 3]);
	}

	write(): Step[] {
		const { random } = this;
		const events: LoggedEvent[] = [];
		// The failures kept as regressions came down to a handful of events each, so length is given up for number.
		const count = random.weighted([
			[this.isDesk ? 0 : 4, random.between(1, 12)],
			[4, random.between(8, 22)],
			[1, random.between(22, 50)],
		]);
		while (events.length < count) {
			const earlier = events.length === 0 ? undefined : random.pick(events);
			events.push(earlier !== undefined && random.chance(0.12) ? this.copyOf(earlier) : this.event());
		}
		const arrived = random.chance(0.3) ? random.shuffle(events) : events;
		const steps: Step[] = [];
		const batchMax = random.pick([1, 3, 10]);
		for (let at = 0; at < arrived.length; ) {
			const size = random.between(1, batchMax);
			steps.push({ events: arrived.slice(at, at + size) });
			at += size;
			if (random.chance(0.01)) steps.push({ currency: random.pick(["EUR", "CNY"]) });
		}
		return steps;
	}

	private time(): number {
		this.now += this.random.weighted(this.isHandover ? QUICK_GAPS : GAPS);
		return this.random.chance(this.lateness) ? START + this.random.below(this.now - START + 1) : this.now;
	}

	private event(): LoggedEvent {
		const { random } = this;
		const timestamp = this.time();
		const sent = random.chance(this.statements) ? this.statement(timestamp) : this.contact();
		const messageId = random.chance(this.sameIds) ? `m${random.below(6)}` : this.freshId(timestamp);
		const trust: Trust = random.chance(this.servers) ? "server" : "public";
		const wire = JSON.parse(JSON.stringify({ ...sent, messageId })) as LoggedEvent["sent"];
		return {
			sent: wire,
			timestamp,
			receivedAt: timestamp + random.pick([0, 500, 500, -500, 3_600_000]),
			trust,
			added: random.chance(0.3) ? { deviceFamily: random.pick(["mobile", "desktop"]), bot: random.chance(0.1) } : {},
		};
	}

	private freshId(timestamp: number): string {
		const id = this.ids++;
		if (!this.hasUuids) return `id${id}`;
		const time = timestamp.toString(16).padStart(12, "0");
		return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${id.toString(16).padStart(12, "0")}`;
	}

	/** The same event again: as it was, or said otherwise, at another time, by another sender, on another device. */
	private copyOf(event: LoggedEvent): LoggedEvent {
		const { random } = this;
		const copy = { ...event, receivedAt: event.receivedAt + random.pick([0, 1_000, -1_000]) };
		switch (random.below(8)) {
			case 0:
				return { ...copy, timestamp: event.timestamp + random.weighted(GAPS) * random.pick([1, -1]) };
			case 1:
				return { ...copy, sent: { ...event.sent, properties: { ...event.sent.properties, copy: random.below(2) } } };
			case 2:
				return { ...copy, trust: event.trust === "server" ? "public" : "server" };
			case 3:
				return { ...copy, sent: { ...event.sent, anonymousId: random.pick(this.devices) } };
			case 4:
				return { ...copy, added: { ...event.added, country: random.pick(["CN", "DE"]), bot: random.chance(0.5) } };
			case 5:
				return { ...copy, sent: { ...this.contact(), messageId: event.sent.messageId } };
			default:
				return copy;
		}
	}

	private maybe<T>(probability: number, make: () => T): T | undefined {
		return this.random.chance(probability) ? make() : undefined;
	}

	private device = () =>
		this.isDesk && this.random.chance(0.7) ? (this.devices[0] as string) : this.random.pick(this.devices);
	private user = () => this.random.pick(this.users);
	private email = () => this.random.pick(this.emails);
	private phone = () => this.random.pick(this.phones);

	private traits(): { [key: string]: string } {
		const { random } = this;
		const traits: { [key: string]: string } = {};
		if (random.chance(this.isDesk ? 0.2 : 0.5)) traits.email = this.email();
		if (random.chance(this.isLeads ? 0.6 : this.isDesk ? 0.05 : 0.2)) traits.phone = this.phone();
		if (random.chance(0.1)) traits.unionid = random.pick(["union-1", "union-2"]);
		if (random.chance(0.3)) traits.city = random.pick(["Hangzhou", "Suzhou"]);
		return traits;
	}

	private contact(): Sent {
		const { random } = this;
		return random.weighted<() => Sent>([
			[5, () => this.page()],
			[3, () => this.report()],
			[2, () => this.track()],
			[
				this.isDesk ? 8 : 2,
				() => ({ type: "identify", anonymousId: this.device(), userId: this.user(), traits: this.traits() }),
			],
			[2, () => ({ type: "identify", anonymousId: this.device(), traits: this.traits() })],
			[this.isCrowded ? 8 : 1, () => ({ type: "identify", userId: this.user(), traits: this.traits() })],
			[this.isLeads ? 6 : 1, () => this.crm()],
			[this.isLeads ? 6 : 0, () => ({ type: "identify", traits: this.traits() })],
			[this.isHandover ? 12 : 2, () => this.touch()],
			[this.isHandover ? 12 : 0, () => this.mail()],
			[0.5, () => ({ type: "group", anonymousId: this.device(), userId: this.user(), groupId: "team" })],
			[0.5, () => ({ type: "page", anonymousId: random.pick(["", "null"]), properties: { path: "/nobody" } })],
		])();
	}

	private page(): Sent {
		const { random } = this;
		const path = `/${random.below(4)}`;
		const campaign = this.maybe(0.2, () => ({
			source: random.pick(["google", "mail"]),
			medium: "cpc",
			name: "spring",
		}));
		const query = campaign === undefined ? "" : `?utm_source=${campaign.source}&utm_medium=cpc&utm_campaign=spring`;
		return {
			type: random.pick(["page", "page", "page", "screen"]),
			name: "Page",
			anonymousId: this.maybe(0.9, this.device),
			userId: this.maybe(0.15, this.user),
			properties: { path, url: `https://shop.cn${path}${query}` },
			context: {
				page: {
					path,
					url: `https://shop.cn${path}${query}`,
					...(random.chance(0.2) && { referrer: "https://www.baidu.com/" }),
				},
				...(campaign && { campaign }),
				strand: {
					tab: random.pick(["t1", "t2"]),
					seq: random.between(1, 9),
					version: "0.1.0",
					viewId: `v${random.below(5)}`,
				},
			},
		};
	}

	private report(): Sent {
		const { random } = this;
		const rev = random.between(1, 4);
		return {
			type: "track",
			event: "Page Engaged",
			anonymousId: this.device(),
			userId: this.maybe(0.1, this.user),
			properties: {
				viewId: `v${random.below(5)}`,
				rev,
				engagedMs: rev * 4_000,
				visibleMs: rev * 6_000,
				scrollDepth: rev / 4,
			},
			context: { page: { path: "/1" } },
		};
	}

	private track(): Sent {
		const { random } = this;
		const event = random.pick(["Order Completed", "Product Added", "Link Clicked", "Email Opened"]);
		return {
			type: "track",
			event,
			anonymousId: this.maybe(0.8, this.device),
			userId: this.maybe(0.3, this.user),
			properties: {
				total: random.between(1, 99),
				order_id: `o${random.below(3)}`,
				url: "https://else.cn/",
				kind: "outbound",
			},
			context: { page: { path: "/cart" } },
		};
	}

	private crm(): Sent {
		const externalIds = [{ type: "crm", id: this.random.pick(this.crmIds) }];
		return {
			type: "track",
			event: "Lead Assigned",
			externalIds,
			anonymousId: this.maybe(0.3, this.device),
			userId: this.maybe(0.3, this.user),
			traits: this.maybe(0.5, () => this.traits()),
		};
	}

	private touch(): Sent {
		const { random } = this;
		return {
			type: "touch",
			channel: random.pick(["phone", "email", "wecom", "store"]),
			name: random.pick(["call_completed", "email_clicked", "store_visited"]),
			direction: random.pick(["in", "out"]),
			anonymousId: this.maybe(0.1, this.device),
			userId: this.maybe(this.isHandover ? 0.1 : 0.4, this.user),
			traits: this.maybe(0.7, () => this.traits()),
			durationMs: 1000 * random.below(200),
		};
	}

	/** A mail is opened, or somebody gives the address as theirs. */
	private mail(): Sent {
		const opened = { type: "touch", channel: "email", name: "email_opened" } as const;
		return { ...opened, userId: this.maybe(0.3, this.user), traits: { email: this.email() } };
	}

	private ref(): { [kind: string]: string } {
		return this.random.weighted<() => { [kind: string]: string }>([
			[3, () => ({ userId: this.user() })],
			[3, () => ({ anonymousId: this.device() })],
			[2, () => ({ email: this.email() })],
			[1, () => ({ phone: this.phone() })],
			[1, () => ({ "ext:crm": this.random.pick(this.crmIds) })],
		])();
	}

	private statement(timestamp: number): Sent {
		const { random } = this;
		const at = () => new Date(timestamp - random.pick([0, 1, 10, 100, 1000]) * MINUTE).toISOString();
		return random.weighted<() => Sent>([
			[3, () => ({ type: "reset", anonymousId: this.device() })],
			[
				this.isCrowded ? 10 : this.isDesk ? 12 : 2,
				() => ({ type: "alias", userId: this.user(), previousId: this.user() }),
			],
			[
				this.isDesk ? 4 : 1,
				() => ({ type: "alias", userId: this.user(), previousId: this.device(), previousIdType: "anonymousId" }),
			],
			[this.isDesk ? 6 : 0, () => ({ type: "unlink", ids: [{ userId: this.user() }, { userId: this.user() }] })],
			[
				this.isDesk && !this.isWhole ? 2 : 0,
				() => ({ type: "unlink", ids: [{ userId: this.user() }, { anonymousId: this.device() }] }),
			],
			[
				1,
				() => {
					const device = this.device();
					return { type: "alias", userId: this.user(), anonymousId: device, previousId: device };
				},
			],
			[this.isDesk ? 0.5 : 3, () => ({ type: "link", anonymousId: this.device(), previousId: this.device() })],
			[
				this.isWhole ? 0 : 3,
				() => ({ type: "unlink", ids: [this.ref(), this.ref()], anonymousId: this.maybe(0.2, this.device) }),
			],
			[
				3,
				() => ({
					type: "consent",
					anonymousId: this.maybe(0.7, this.device),
					userId: this.maybe(0.4, this.user),
					traits: { [random.pick(["analytics", "stitching"])]: random.chance(0.4) },
				}),
			],
			[
				this.erasures,
				() => ({
					type: "erase",
					anonymousId: this.maybe(0.2, this.device),
					ids: random.chance(0.6) ? [this.ref()] : [],
					slices: random.chance(0.6)
						? Array.from({ length: random.between(1, 2) }, () => ({ id: this.ref(), from: at(), to: at() }))
						: [],
				}),
			],
		])();
	}
}
