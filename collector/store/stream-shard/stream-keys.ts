/**
 * The sealing key of each stream: log segments, head, sealed messageIds and answers of a stream lie under one,
 * so that an erasure from the stream need not know where copies of it once lay (renewStream in shard-rows.ts).
 *
 * Which slot is a stream's stands in its head, and in every segment of the log. A stream that was never folded
 * has no head yet, and costs no row: its slot is found in the unfolded rows again.
 */
import type { Sql } from "../ports.ts";
import { KeySlots } from "../sealing/key-slots.ts";
import { placesOf } from "./head-place.ts";

/** Slots of streams with a head that are remembered; at the limit all are forgotten. */
const REMEMBERED_MAX = 20_000;

export class StreamKeys {
	readonly slots: KeySlots;
	private readonly sql: Sql;
	private readonly readUnfolded: () => Iterable<{ stream: string; slot: number }>;
	private readonly known = new Map<string, number>();
	/** Of streams that have no head; null until they are read off the log. */
	private headless: Map<string, number> | null = null;

	/**
	 * @param firstFree    see {@link KeySlots}
	 * @param readUnfolded segments of unfolded log rows
	 */
	constructor(sql: Sql, firstFree: number, readUnfolded: () => Iterable<{ stream: string; slot: number }>) {
		this.sql = sql;
		this.slots = new KeySlots(sql, firstFree);
		this.readUnfolded = readUnfolded;
	}

	/** A stream's slot; undefined when it has none. */
	find(stream: string): number | undefined {
		return this.known.get(stream) ?? this.headlessSlots().get(stream) ?? this.load(stream);
	}

	/** The same; a stream that has none gets one, to be written in the same transaction with a segment or a head. */
	slotOf(stream: string): number {
		let slot = this.find(stream);
		if (slot === undefined) {
			slot = this.slots.take();
			this.headlessSlots().set(stream, slot);
		}
		return slot;
	}

	seal(stream: string, bytes: Uint8Array): Uint8Array {
		return this.slots.seal(this.slotOf(stream), bytes);
	}

	/** @throws Error for a stream for which nothing was ever sealed */
	open(stream: string, sealed: Uint8Array | ArrayBuffer): Uint8Array {
		const slot = this.find(stream);
		if (slot === undefined) throw new Error("a stream's key is missing");
		return this.slots.open(slot, sealed);
	}

	/** The stream's slot stands in its head now. */
	keptInHead(stream: string): void {
		const headless = this.headlessSlots();
		const slot = headless.get(stream);
		if (slot === undefined) return;
		headless.delete(stream);
		this.remember(stream, slot);
	}

	/** The stream has no head any more, nor had it one before its only fold. */
	forgetStream(stream: string): void {
		this.known.delete(stream);
		this.headless?.delete(stream);
	}

	/** A transaction was rolled back: what was given out in it may be given out again. */
	forget(): void {
		this.known.clear();
		this.headless = null;
		this.slots.forget();
	}

	private headlessSlots(): Map<string, number> {
		if (this.headless === null) {
			this.headless = new Map();
			for (const { stream, slot } of this.readUnfolded()) {
				if (this.load(stream) === undefined) this.headless.set(stream, slot);
			}
		}
		return this.headless;
	}

	private load(stream: string): number | undefined {
		const [from, to] = placesOf(stream);
		const [row] = this.sql.all<{ slot: number }>(
			"SELECT slot FROM heads WHERE id >= ? AND id <= ? AND stream = ?",
			from,
			to,
			stream,
		);
		if (row !== undefined) this.remember(stream, row.slot);
		return row?.slot;
	}

	private remember(stream: string, slot: number): void {
		if (this.known.size >= REMEMBERED_MAX) this.known.clear();
		this.known.set(stream, slot);
	}
}
