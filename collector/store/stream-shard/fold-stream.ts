/**
 * Folds what is new in one stream: log rows not yet read, and what the graph has said since.
 * Pure but for the reading of rows that it is handed; it takes the head over. The result is the stream's new head and the
 * wanted ends to be sent: pieces by window, and the claims for the graph.
 *
 * Whatever the order in which rows and answers came, the head and the pieces that stand at the
 * end are those of one fold over all of them. Ordinary news (later events, late ones, repeats)
 * touches only the windows where they fall; what changes the reading of old events (unlike
 * copies, erasure, consent, new rules) re-reads the stream.
 */
import {
	consentAt,
	createOwnerAt,
	createPlanner,
	type DeviceAnswer,
	isErased,
	isolatedProfile,
	type LightEvent,
	type NodeKey,
	type Statement,
	type Timeline,
} from "../../identity/index.ts";
import type { LoggedEvent, Piece } from "../../model.ts";
import type { StreamAnswer, StreamClaims, WindowPieces } from "../messages.ts";
import { hash53 } from "../sharding.ts";
import { chooseCopies, copyDigest, type Fact, type Hash, readFact } from "./facts.ts";
import { type Head, isBefore, VISIT_GAP_MS, WINDOW_EVENTS_MAX, type Window } from "./head.ts";
import type { FoldRules, OwnedFact } from "./rules.ts";
import { timelineOf, visitsBetween, visitsOf } from "./timeline.ts";
import { openWindow, placeEvent } from "./windows.ts";

export interface StreamNews {
	/** Rows that the stream was not folded with yet, with its events in them. */
	rows: { row: number; events: LoggedEvent[] }[];
	/** What the graph said since the last fold; undefined when nothing. */
	answer?: StreamAnswer | undefined;
	/** By window: owners to whom an interrupted fold may have sent pieces. */
	strays?: Map<number, string[]> | undefined;
}

export interface StreamFold {
	head: Head;
	/** Windows whose pieces differ from what was sent last. */
	windows: WindowPieces[];
	/** Claims to tell the graph, where they differ from what it acknowledged; null for "forget this stream". */
	claims: { claims: StreamClaims | null; digest: number } | null;
	/** By log row: keys (`time messageId`) of events erased by a statement, to be rewritten without them. */
	purge: Map<number, Set<string>>;
	/** hash53 of messageIds that are new to the stream. */
	fresh: number[];
}

type Consent = Extract<Statement, { kind: "consent" }>;
type Erasure = Extract<Statement, { kind: "erase" }>;

const NO_ANSWER: DeviceAnswer = { owners: {}, shared: false, ignored: [], aliasClaims: [] };

/**
 * @param loadEvents this stream's events in one log row
 * @param isSeen     whether a messageId's hash53 lies in a sealed bucket of the stream
 */
export function foldStream(
	before: Head,
	news: StreamNews,
	rules: FoldRules,
	loadEvents: (row: number) => LoggedEvent[],
	isSeen: (hash: number) => boolean,
): StreamFold {
	return new Folding(before, news, rules, loadEvents, isSeen).fold();
}

/** One logged event of a stream as it is read now. */
export interface ReadEvent {
	fact: Fact;
	/** Null for statements, and for events that belong to nobody. */
	owner: string | null;
	/** Denied by consent: not to be shown. */
	isExcluded: boolean;
}

/** Every event of a folded stream once, ascending, with its owner. */
export function readStream(head: Head, rules: FoldRules, loadEvents: (row: number) => LoggedEvent[]): ReadEvent[] {
	return new Folding(head, { rows: [] }, rules, loadEvents, () => false).list();
}

/** One fold under way. */
class Folding {
	private readonly head: Head;
	private readonly news: StreamNews;
	private readonly rules: FoldRules;
	private readonly loadEvents: (row: number) => LoggedEvent[];
	private readonly isSeen: (hash: number) => boolean;
	private readonly hash: Hash;
	/** Facts of windows that were read, by window id. */
	private readonly loaded = new Map<number, Fact[]>();
	private readonly touched = new Set<Window>();
	private readonly retracted: WindowPieces[] = [];
	private readonly purge = new Map<number, Set<string>>();
	private readonly fresh: number[] = [];
	private readonly strays: Map<number, string[]>;
	private rebuilt = false;
	private wasErased = false;
	private readonly resetsBefore: number;

	constructor(
		before: Head,
		news: StreamNews,
		rules: FoldRules,
		loadEvents: (row: number) => LoggedEvent[],
		isSeen: (hash: number) => boolean,
	) {
		this.head = before;
		this.news = news;
		this.rules = rules;
		this.loadEvents = loadEvents;
		this.isSeen = isSeen;
		this.hash = rules.hash;
		this.strays = news.strays ?? new Map();
		this.resetsBefore = before.resets.length;
	}

	fold(): StreamFold {
		const { head, news } = this;
		const consentBefore = digestOf(head.answer?.consents ?? []);
		const wasLinked = head.answer?.linked ?? false;
		const erasedBefore = digestOf(head.answer?.erasures ?? []);
		if (news.answer !== undefined) head.answer = news.answer;
		const answer = head.answer;

		const mustRebuild =
			(head.rules !== "" && head.rules !== this.rules.version) ||
			consentBefore !== digestOf(answer?.consents ?? []) ||
			erasedBefore !== digestOf(answer?.erasures ?? []) ||
			wasLinked !== (answer?.linked ?? false);
		head.rules = this.rules.version;

		const arrived = this.readNews();
		if (mustRebuild || !this.place(arrived)) this.rebuild(arrived);

		for (const window of head.windows) {
			if (!this.strays.has(window.id)) continue;
			window.sent = 0;
			this.touched.add(window);
		}
		const claimsChanged = this.recut();
		const device = this.device();
		const timeline = this.timeline(device);
		this.touchChangedPlans(timeline, claimsChanged || news.answer !== undefined || this.rebuilt);
		const windows = this.foldTouched(timeline, device);
		const live = new Set(head.windows.map(({ id }) => id));
		for (const [id, owners] of this.strays) {
			const isRetracted = live.has(id) || this.retracted.some(({ window }) => window === id);
			if (!isRetracted) this.retracted.push({ stream: head.stream, window: id, pieces: [], was: owners });
		}
		return {
			head,
			windows: [...this.retracted, ...windows],
			claims: this.claims(device, timeline),
			purge: this.purge,
			fresh: this.fresh,
		};
	}

	list(): ReadEvent[] {
		const { head } = this;
		const device = this.device();
		const timeline = this.timeline(device);
		const ownerAt = createOwners(timeline, head.answer?.answer ?? NO_ANSWER, this.hash);
		const consents = this.consents();
		const isolated = device === null ? null : isolatedProfile(device, this.hash);
		return head.windows.flatMap((window) =>
			this.factsOf(window)
				.sort(byPosition)
				.map((fact) => {
					if (!fact.isData) return { fact, owner: null, isExcluded: false };
					const { analytics, stitching } = consentAt(consents, fact.nodes, fact.at);
					const owner = stitching ? this.ownerOf(fact, ownerAt, device) : isolated;
					return { fact, owner: analytics ? owner : null, isExcluded: !analytics };
				}),
		);
	}

	private readFact(event: LoggedEvent, row: number): Fact {
		return readFact(event, row, this.head.stream, this.rules.identity, this.hash);
	}

	/** New facts, erased ones left out, of each messageId the best copy among the new. */
	private readNews(): Fact[] {
		const facts: Fact[] = [];
		for (const { row, events } of this.news.rows) {
			for (const event of events) {
				const fact = this.readFact(event, row);
				this.noteSequence(fact);
				if (!this.eraseIfDue(fact)) facts.push(fact);
			}
		}
		const { chosen, dropped, unlike } = chooseCopies(facts);
		this.head.duplicates += dropped;
		for (const [id, fact] of unlike) this.noteConflict(id, fact);
		return chosen;
	}

	private erasures(): Erasure[] {
		return this.head.answer?.erasures ?? [];
	}

	private eraseIfDue(fact: Fact): boolean {
		if (fact.statement?.kind === "erase") return false; // kept as its own tombstone
		if (!isErased(this.erasures(), fact.carried, fact.at.t)) return false;
		const ids = this.purge.get(fact.row) ?? new Set<string>();
		ids.add(keyOf(fact.at));
		this.purge.set(fact.row, ids);
		this.wasErased = true;
		return true;
	}

	/** Counts the script's gap-free numbers, so that what never arrived can be told. */
	private noteSequence(fact: Fact): void {
		const strand = fact.event.sent.context?.strand;
		if (strand === null || typeof strand !== "object" || Array.isArray(strand)) return;
		const { tab, seq } = strand;
		if (typeof tab !== "string" || typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return;
		if (this.known(hash53(fact.event.sent.messageId))) return;
		const tabs = this.head.tabs;
		const entry = tabs[tab] ?? { last: 0, seen: 0 };
		tabs[tab] = { last: Math.max(entry.last, seq), seen: entry.seen + 1 };
	}

	private known(hash: number): boolean {
		return this.head.recent.includes(hash) || this.isSeen(hash);
	}

	private noteConflict(id: string, winner: Fact): void {
		this.head.conflicts[id] = { t: winner.at.t, digest: copyDigest(winner.event) };
	}

	/** Puts new facts into windows. False when a copy turned up that may replace or be replaced: then all is re-read. */
	private place(facts: Fact[]): boolean {
		const news: Fact[] = [];
		for (const fact of facts) {
			const hash = hash53(fact.event.sent.messageId);
			if (this.known(hash)) {
				if (!this.isPlainRepeat(fact)) return false;
				this.head.duplicates++;
				continue;
			}
			news.push(fact);
		}
		for (const fact of news) this.insert(fact);
		return true;
	}

	/** The very copy that counts lies in the window where this one would fall. */
	private isPlainRepeat(fact: Fact): boolean {
		const id = fact.event.sent.messageId;
		const window = this.head.windows.find((w) => !isBefore(fact.at, w.first) && !isBefore(w.last, fact.at));
		if (window === undefined) return false;
		const twin = this.factsOf(window).find((other) => other.event.sent.messageId === id);
		return twin !== undefined && copyDigest(twin.event) === copyDigest(fact.event);
	}

	private insert(fact: Fact): void {
		const { head } = this;
		const { window, next } = placeEvent(head, fact.at);
		this.factsOf(window).push(fact);
		if (next !== null) this.touched.add(next);
		window.count++;
		if (!window.rows.includes(fact.row)) window.rows.push(fact.row);
		this.touched.add(window);
		const hash = hash53(fact.event.sent.messageId);
		this.fresh.push(hash);
		head.recent.push(hash);
		this.noteContent(fact);
	}

	private noteContent(fact: Fact): void {
		const { head } = this;
		for (const node of fact.carried) if (!head.nodes.includes(node)) head.nodes = [...head.nodes, node].sort();
		if (fact.isReset) {
			head.resets.push(fact.at);
			head.resets.sort((a, b) => (isBefore(a, b) ? -1 : 1));
			for (const window of head.windows) if (!isBefore(window.last, fact.at)) this.touched.add(window);
		}
		if (fact.statement !== null) {
			head.statements.push(fact.statement);
			head.statements.sort((a, b) => (isBefore(a.at, b.at) ? -1 : 1));
			if (fact.statement.kind === "consent") {
				for (const window of head.windows) if (window.last.t >= fact.at.t) this.touched.add(window);
			}
		}
	}

	/** A window's facts, read once from its rows. */
	private factsOf(window: Window): Fact[] {
		const cached = this.loaded.get(window.id);
		if (cached !== undefined) return cached;
		const facts = new Map<string, Fact>();
		for (const row of window.rows) {
			for (const event of this.loadEvents(row)) {
				const id = event.sent.messageId;
				if (facts.has(id)) continue;
				const conflict = this.head.conflicts[id];
				if (conflict !== undefined && (conflict.t !== event.timestamp || conflict.digest !== copyDigest(event)))
					continue;
				const fact = this.readFact(event, row);
				if (isBefore(fact.at, window.first) || isBefore(window.last, fact.at)) continue;
				facts.set(id, fact);
			}
		}
		const list = [...facts.values()];
		this.loaded.set(window.id, list);
		return list;
	}

	/** Reads the whole stream again, as if every row were new; windows keep their numbers where they begin alike. */
	private rebuild(arrived: Fact[]): void {
		const { head } = this;
		this.rebuilt = true;
		this.loaded.clear();
		this.touched.clear();
		this.fresh.length = 0;
		const rows = new Set(head.windows.flatMap((window) => window.rows));
		const facts: Fact[] = [...arrived];
		for (const row of rows) {
			for (const event of this.loadEvents(row)) {
				const fact = this.readFact(event, row);
				if (!this.eraseIfDue(fact)) facts.push(fact);
			}
		}
		const { chosen, unlike } = chooseCopies(facts);
		const old = new Map(head.windows.map((window) => [`${window.first.t} ${window.first.m}`, window]));
		head.windows = [];
		head.nodes = [];
		head.statements = [];
		head.resets = [];
		head.conflicts = {};
		for (const [id, fact] of unlike) this.noteConflict(id, fact);
		const seenBefore = new Set(head.recent);
		for (const fact of chosen) {
			const last = head.windows.at(-1);
			const near = last !== undefined && fact.at.t - last.last.t <= VISIT_GAP_MS;
			let window = last;
			if (window === undefined || !near || window.count >= WINDOW_EVENTS_MAX) {
				const key = `${fact.at.t} ${fact.at.m}`;
				const was = old.get(key);
				old.delete(key);
				window = openWindow(head, fact.at, near);
				if (was !== undefined) {
					head.nextWindow--;
					window.id = was.id;
					window.owners = was.owners;
					window.sent = was.sent;
				}
				head.windows.push(window);
				this.loaded.set(window.id, []);
			}
			window.last = fact.at;
			window.count++;
			if (!window.rows.includes(fact.row)) window.rows.push(fact.row);
			this.loaded.get(window.id)?.push(fact);
			const hash = hash53(fact.event.sent.messageId);
			if (!seenBefore.has(hash) && !this.isSeen(hash)) {
				this.fresh.push(hash);
				head.recent.push(hash);
			}
			this.noteContent(fact);
		}
		for (const window of head.windows) this.touched.add(window);
		for (const gone of old.values()) {
			if (gone.owners.length === 0) continue;
			this.retracted.push(this.windowPieces(gone, []));
		}
	}

	private consents(): Consent[] {
		const own = this.head.statements.filter((statement) => statement.kind === "consent");
		return [...own, ...(this.head.answer?.consents ?? [])];
	}

	/**
	 * Cuts the visits of every touched window anew from the events that count.
	 * @returns whether claims or segments changed, so that other windows may change owners
	 */
	private recut(): boolean {
		let changed = this.head.resets.length !== this.resetsBefore;
		const consents = this.consents();
		const isLinked = this.head.answer?.linked ?? false;
		for (const window of this.touched) {
			const facts = this.factsOf(window);
			facts.sort(byPosition);
			const lights = facts.filter((fact) => fact.isData && this.counts(fact, consents)).map(lightOf);
			const claims = claimsOf(window);
			window.visits = visitsOf(this.head.stream, lights, this.head.resets);
			changed ||= claims !== claimsOf(window);
			if (isLinked) window.lights = lights;
			else delete window.lights;
		}
		return changed;
	}

	private counts(fact: Fact, consents: Consent[]): boolean {
		if (consents.length === 0) return true;
		const { analytics, stitching } = consentAt(consents, fact.nodes, fact.at);
		return analytics && stitching;
	}

	private device(): NodeKey | null {
		return this.head.stream.startsWith("anonymousId=") ? this.head.stream : null;
	}

	private timeline(device: NodeKey | null): Timeline {
		const { answer } = this.head;
		return answer?.linked && answer.timeline !== null ? answer.timeline : timelineOf(this.head, device);
	}

	/** Who owns what may change far from where the news fell: a login claims its whole segment. */
	private touchChangedPlans(timeline: Timeline, mayReachFar: boolean): void {
		const answer = this.head.answer?.answer ?? NO_ANSWER;
		const planner = createPlanner(timeline, answer, this.hash);
		const memo = new Map<number, string>();
		const planOfVisit = (index: number): string => {
			let plan = memo.get(index);
			if (plan === undefined) {
				plan = JSON.stringify(planner(index));
				memo.set(index, plan);
			}
			return plan;
		};
		for (const window of mayReachFar ? this.head.windows : this.touched) {
			const plan = hash53(visitsBetween(timeline, window.first, window.last).map(planOfVisit).join("\n"));
			if (plan !== window.plan) this.touched.add(window);
			window.plan = plan;
		}
	}

	/** Derives the pieces of every touched window, and of joined ones after it whose session changed. */
	private foldTouched(timeline: Timeline, device: NodeKey | null): WindowPieces[] {
		const { head, rules } = this;
		const ownerAt = createOwners(timeline, head.answer?.answer ?? NO_ANSWER, this.hash);
		const changed: WindowPieces[] = [];
		let previous: Window | undefined;
		let carryChanged = false;
		for (const window of head.windows) {
			if (!this.touched.has(window) && !(window.joined && carryChanged)) {
				carryChanged = false;
				previous = window;
				continue;
			}
			const carry = window.joined ? (previous?.carry ?? null) : null;
			const events = this.owned(window, previous, timeline, ownerAt, device);
			const folded = rules.foldWindow(head.stream, events, carry);
			carryChanged = JSON.stringify(folded.carry) !== JSON.stringify(window.carry);
			window.carry = folded.carry;
			const sent = hash53(JSON.stringify(folded.pieces));
			if (sent !== window.sent) {
				changed.push(this.windowPieces(window, folded.pieces));
				window.sent = sent;
				window.owners = folded.pieces.map(({ profileId }) => profileId);
			}
			previous = window;
		}
		return changed;
	}

	/** The window's data events with their owners, and where a visit or segment cuts them. */
	private owned(
		window: Window,
		previous: Window | undefined,
		timeline: Timeline,
		ownerAt: (light: LightEvent) => string | null,
		device: NodeKey | null,
	): OwnedFact[] {
		const consents = this.consents();
		const isolated = device === null ? null : isolatedProfile(device, this.hash);
		const starts = new Set<string>();
		for (const index of visitsBetween(timeline, window.first, window.last)) {
			const visit = timeline.visits[index];
			if (visit !== undefined) starts.add(keyOf(visit.first));
		}
		const events: OwnedFact[] = [];
		let before = window.joined ? previous?.last : undefined;
		for (const fact of this.factsOf(window).sort(byPosition)) {
			if (!fact.isData) continue;
			const consent = consentAt(consents, fact.nodes, fact.at);
			if (!consent.analytics) continue;
			// Null: nobody's (no usable identifier; no device to isolate it on).
			const owner = consent.stitching ? this.ownerOf(fact, ownerAt, device) : isolated;
			if (owner === null) continue;
			const last = before;
			const isCut =
				last === undefined ||
				starts.has(keyOf(fact.at)) ||
				fact.at.t - last.t > VISIT_GAP_MS ||
				this.head.resets.some((reset) => isBefore(last, reset) && isBefore(reset, fact.at));
			events.push({ fact, owner, isCut });
			before = fact.at;
		}
		return events;
	}

	private ownerOf(fact: Fact, ownerAt: (light: LightEvent) => string | null, device: NodeKey | null): string | null {
		return device === null && fact.strongNodes.length === 0 ? null : ownerAt(lightOf(fact));
	}

	private windowPieces(window: Window, pieces: Piece[]): WindowPieces {
		const was = [...new Set([...window.owners, ...(this.strays.get(window.id) ?? [])])];
		const result: WindowPieces = { stream: this.head.stream, window: window.id, pieces, was };
		if (this.wasErased) result.erased = true;
		return result;
	}

	/** What the graph is to know; nothing for a device that never carried an identifier. */
	private claims(device: NodeKey | null, timeline: Timeline): StreamFold["claims"] {
		const { head } = this;
		const isLinked = head.answer?.linked ?? false;
		const statements = head.statements.filter((statement) => !isOwnConsent(statement, device));
		const isKnown = isLinked || statements.length > 0 || head.nodes.some((node) => node !== device);
		const claims: StreamClaims | null = isKnown
			? {
					device,
					nodes: head.nodes,
					statements,
					timeline: isLinked ? null : withClaimsOnly(timeline),
					lights: isLinked
						? { events: head.windows.flatMap((window) => window.lights ?? []), resets: head.resets }
						: null,
				}
			: null;
		if (claims === null && head.claimed === 0) return null;
		const digest = claims === null ? 0 : digestOf(claims);
		return digest === head.claimed ? null : { claims, digest };
	}
}

/**
 * Owner by position. An event that the timeline does not hold has none yet: the graph cut a group
 * of linked devices before it heard of the event, and will answer again.
 */
function createOwners(timeline: Timeline, answer: DeviceAnswer, hash: Hash): (light: LightEvent) => string | null {
	const ownerAt = createOwnerAt(timeline, answer, hash);
	return (light) => (visitsBetween(timeline, light.at, light.at).length === 0 ? null : ownerAt(light));
}

function byPosition(a: Fact, b: Fact): number {
	return isBefore(a.at, b.at) ? -1 : 1;
}

function keyOf(at: { t: number; m: string }): string {
	return `${at.t} ${at.m}`;
}

function claimsOf(window: Window): string {
	return JSON.stringify(window.visits.map(({ claims }) => claims));
}

function lightOf(fact: Fact): LightEvent {
	return { at: fact.at, nodes: fact.strongNodes, trust: fact.event.trust };
}

/** A device's consent about itself acts on its own stream alone: the graph need not know. */
function isOwnConsent(statement: Statement, device: NodeKey | null): boolean {
	return statement.kind === "consent" && statement.nodes.every((node) => node === device);
}

/** Visits without claims matter to the stream alone, except as neighbours of an alias: they stay out of the graph. */
function withClaimsOnly(timeline: Timeline): Timeline {
	return { ...timeline, visits: timeline.visits.filter((visit) => visit.claims.length > 0) };
}

function digestOf(value: unknown): number {
	return hash53(JSON.stringify(value));
}
