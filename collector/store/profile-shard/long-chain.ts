/**
 * The chain of a person who has too much to be held, touchpoint by touchpoint: the same as of all his pieces together,
 * which a test holds it to. A first pass over the packed columns finds what more than one piece tells of; a second hears
 * those pieces (journey/judgement.ts); then pieces are opened by time, some at once, judged and put in order.
 *
 * Held are a few numbers a piece, what is contested, and the touchpoints of the pieces that are open: those of {@link LongLimits},
 * and of visits on other devices at the same time.
 */
import { compareTouchpoints, Judgement } from "../../journey/index.ts";
import type { Piece, Touchpoint } from "../../model.ts";
import type { PieceReader } from "./piece-reader.ts";
import { readDetail, readRest } from "./stored-detail.ts";
import { shortHash } from "./stored-path.ts";

interface Placed {
	id: number;
	stream: string;
	touches: number;
	/** Times of its first and last touchpoint, ms. */
	first: number;
	last: number;
}

export class LongChain {
	private readonly reader: PieceReader;
	/** Those with touchpoints, by time. */
	private readonly placed: Placed[] = [];
	private readonly judgement: Judgement;
	private readonly profile: string;

	/** @param bots whether touches of robots are in the chain */
	constructor(reader: PieceReader, profile: string, bots: boolean) {
		this.reader = reader;
		this.profile = profile;
		const [messages, views, sessions] = [new Repeats(), new Repeats(), new Repeats()];
		const reporting: number[] = [];
		/** One text for all of a stream's pieces. */
		const streams = new Map<string, string>();
		for (const { id, stream, path } of reader.pathsOf(profile)) {
			if (!streams.has(stream)) streams.set(stream, stream);
			messages.add(path.messages);
			views.add(path.views);
			sessions.add(path.sessions);
			if (path.parts > 0) reporting.push(id);
			if (path.t.length === 0) continue;
			let [t, first, last] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
			for (const delta of path.t) {
				t += delta;
				first = Math.min(first, t);
				last = Math.max(last, t);
			}
			this.placed.push({ id, stream: streams.get(stream) ?? stream, touches: path.t.length, first, last });
		}
		this.placed.sort((a, b) => a.first - b.first);
		const [toldMessages, toldViews, toldSessions] = [messages.found(), views.found(), sessions.found()];
		for (const { parts } of this.restsAt(reporting)) for (const { viewId } of parts) toldViews.add(shortHash(viewId));
		const contested = {
			message: (messageId: string) => toldMessages.has(shortHash(messageId)),
			view: (viewId: string) => toldViews.has(shortHash(viewId)),
			session: (sessionId: string) => toldSessions.has(shortHash(sessionId)),
		};
		this.judgement = new Judgement(contested, bots);
		const { openTouches } = reader.limits;
		let heard: { id: number; touches: number }[] = [];
		const isAny = reporting.length + toldMessages.size + toldViews.size + toldSessions.size > 0;
		for (const { id, path } of isAny ? reader.pathsOf(profile) : []) {
			const isContested =
				path.parts > 0 ||
				path.messages.some((hash) => toldMessages.has(hash)) ||
				path.views.some((hash) => toldViews.has(hash)) ||
				path.sessions.some((hash) => toldSessions.has(hash));
			if (!isContested) continue;
			heard.push({ id, touches: path.t.length });
			if (heard.reduce((sum, { touches }) => sum + touches, 0) < openTouches) continue;
			this.hear(heard);
			heard = [];
		}
		this.hear(heard);
		this.judgement.settle();
	}

	private hear(pieces: readonly { id: number }[]): void {
		for (const { id, piece } of this.open(pieces)) this.judgement.hear(id, piece);
	}

	private *open(pieces: readonly { id: number }[]): Generator<{ id: number; piece: Piece }> {
		const ids = pieces.map(({ id }) => id);
		const details = this.reader.detailsAt(ids);
		for (const [index, id] of ids.entries()) yield { id, piece: readDetail(details[index] as Uint8Array) };
	}

	/**
	 * In the order of the chain.
	 *
	 * @param from those before it may be left out, ms
	 * @param isOpened told of a piece's touchpoints, and their stream, before any of them is given
	 */
	*touchpoints(
		from = Number.NEGATIVE_INFINITY,
		isOpened: (stream: string, touchpoints: readonly Touchpoint[]) => void = () => {},
	): Generator<Touchpoint> {
		const wanted = this.placed.filter(({ last }) => last >= from);
		const { openTouches } = this.reader.limits;
		let open: Touchpoint[] = [];
		for (let next = 0; next < wanted.length; ) {
			const start = next;
			for (let touches = 0; next < wanted.length && touches < openTouches; next++)
				touches += wanted[next]?.touches ?? 0;
			const opened = wanted.slice(start, next);
			let index = 0;
			for (const { id, piece } of this.open(opened)) {
				const judged = this.judgement.judge(id, piece);
				isOpened(opened[index++]?.stream ?? "", judged);
				for (const touchpoint of judged) open.push(touchpoint);
			}
			open.sort(compareTouchpoints);
			// What is not open yet begins here.
			const until = wanted[next]?.first ?? Number.POSITIVE_INFINITY;
			const later = open.findIndex(({ timestamp }) => timestamp >= until);
			const ready = later < 0 ? open : open.slice(0, later);
			open = later < 0 ? [] : open.slice(later);
			yield* ready;
		}
	}

	/** Of each piece all but its touchpoints, in no order. */
	*rests(): Generator<Omit<Piece, "touchpoints">> {
		let ids: number[] = [];
		for (const { id } of this.reader.pathsOf(this.profile)) {
			ids.push(id);
			if (ids.length < RESTS_PAGE) continue;
			yield* this.restsAt(ids);
			ids = [];
		}
		yield* this.restsAt(ids);
	}

	private *restsAt(ids: readonly number[]): Generator<Omit<Piece, "touchpoints">> {
		for (let at = 0; at < ids.length; at += RESTS_PAGE) {
			for (const detail of this.reader.detailsAt(ids.slice(at, at + RESTS_PAGE))) yield readRest(detail);
		}
	}
}

/** Pieces; each may have as many touchpoints as a window has events. */
const RESTS_PAGE = 8;

/** Which hashes came more than once. */
class Repeats {
	private hashes = new Uint32Array(1024);
	private count = 0;

	add(hashes: readonly number[]): void {
		if (this.count + hashes.length > this.hashes.length) {
			const larger = new Uint32Array(2 * (this.count + hashes.length));
			larger.set(this.hashes);
			this.hashes = larger;
		}
		this.hashes.set(hashes, this.count);
		this.count += hashes.length;
	}

	/** To be asked once. */
	found(): Set<number> {
		const sorted = this.hashes.subarray(0, this.count).sort();
		const found = new Set<number>();
		for (let at = 1; at < sorted.length; at++) if (sorted[at] === sorted[at - 1]) found.add(sorted[at] as number);
		return found;
	}
}
