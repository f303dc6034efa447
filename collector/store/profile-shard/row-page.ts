/** One page of rows as it fills: until its limit of rows or of text, and where the next one goes on. */
import { createZone } from "../../analysis/zone.ts";
import { createRowWriter } from "../../export/row-writer.ts";
import type { StoredLines } from "./read-lines.ts";
import type { RowPage, RowPlace, RowQuery, RowRecord } from "./read-rows.ts";

/**
 * A profile is cut inside only where a page would be so many times as long as asked for: to go on within it, all
 * of it is read again.
 */
const CUT_PAGES = 16;
/** The same of a long one, whose next page begins where the one before ended. */
const LONG_CUT_PAGES = 2;

export class PageWriter {
	place: RowPlace;
	rows = 0;
	/** Whole lines, before those in `text`. */
	private readonly chunks: Uint8Array[] = [];
	private bytes = 0;
	private text = "";
	private readonly query: RowQuery;
	/** Made when first needed: where all rows go out as they lie, it is not. */
	private write: ((record: RowRecord) => string) | undefined;

	constructor(query: RowQuery) {
		this.query = query;
		this.place = query.place;
	}

	get isFull(): boolean {
		return this.rows >= this.query.limit || this.bytes + this.text.length > this.query.charsMax;
	}

	private mustCut(pages: number): boolean {
		const { limit, charsMax } = this.query;
		return this.rows >= limit || this.bytes + this.text.length > pages * charsMax;
	}

	/** One profile's rows as they lie. @returns false, and nothing is added, where they have to be cut */
	addLines(profileId: string, { lines, rows }: StoredLines): boolean {
		const { limit, charsMax, countOnly } = this.query;
		const bytes = lines.reduce((sum, { byteLength }) => sum + byteLength, 0);
		if (this.place.within?.profile === profileId || this.rows + rows > limit || bytes > CUT_PAGES * charsMax)
			return false;
		this.place = { after: profileId };
		this.rows += rows;
		if (countOnly) return true;
		this.flush();
		this.chunks.push(...lines);
		this.bytes += bytes;
		return true;
	}

	private flush(): void {
		if (this.text === "") return;
		const chunk = new TextEncoder().encode(this.text);
		this.chunks.push(chunk);
		this.bytes += chunk.byteLength;
		this.text = "";
	}

	/** One profile's rows, as far as the page has room. */
	add(profileId: string, all: readonly RowRecord[]): void {
		this.addRecords(profileId, all, CUT_PAGES);
	}

	/** One long profile's, the same. @param recordsFrom its rows, of which those before a time (ms) may be left out */
	addLong(profileId: string, recordsFrom: (t?: number) => Iterable<RowRecord>): void {
		const { within } = this.place;
		this.addRecords(profileId, recordsFrom(within?.profile === profileId ? within.t : undefined), LONG_CUT_PAGES);
	}

	private addRecords(profileId: string, all: Iterable<RowRecord>, pages: number): void {
		const { after, within } = this.place;
		const records = within?.profile === profileId ? recordsAfter(all, within) : all;
		this.place = { after: profileId };
		this.write ??= createWriter(this.query);
		const { write } = this;
		let last: RowRecord | undefined;
		for (const record of records) {
			if (last !== undefined && this.mustCut(pages)) {
				this.place = { after, within: { profile: profileId, ...keyOf(last) } };
				return;
			}
			if (!this.query.countOnly) this.text += `${write(record)}\n`;
			this.rows++;
			last = record;
		}
	}

	finish(next: RowPlace | null): RowPage {
		this.flush();
		const bytes = new Uint8Array(this.bytes);
		let at = 0;
		for (const chunk of this.chunks) {
			bytes.set(chunk, at);
			at += chunk.byteLength;
		}
		return { bytes, rows: this.rows, next };
	}
}

function createWriter({ columns, time: { zone, style } }: RowQuery): (record: RowRecord) => string {
	return createRowWriter(columns, { offsetMs: zone === null ? null : createZone(zone).offsetMs, style });
}

/** Rows of a profile come by time; a row that has gone meanwhile is passed over by its time. */
function* recordsAfter(records: Iterable<RowRecord>, { t, id }: { t: number; id: string }): Generator<RowRecord> {
	let isPast = false;
	for (const record of records) {
		if (isPast) yield record;
		else {
			const key = keyOf(record);
			isPast = key.id === id || key.t > t;
			if (key.t > t) yield record;
		}
	}
}

function keyOf(record: RowRecord): { t: number; id: string } {
	const t = record.timestamp ?? record.startAt ?? record.from;
	const id = record.id ?? (record.kind === undefined ? "" : `${record.kind}=${record.hash}`);
	return { t: typeof t === "number" ? t : 0, id: String(id) };
}
