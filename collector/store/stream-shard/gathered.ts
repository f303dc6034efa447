/** What one round of a stream shard's folding takes on: the streams with news, each with its rows, its answer and what it may have sent. */
import type { Segment } from "../codec.ts";
import type { Strays, StreamNews } from "./fold-stream.ts";
import type { AgedPage } from "./head-store.ts";
import type { RoundPorts } from "./round-ports.ts";
import type { Progress, StuckStream } from "./shard-rows.ts";

/** Unpacked when its stream is folded, so that no slice is longer than a stream takes. */
export interface GatheredNews extends Omit<StreamNews, "rows"> {
	rows: { row: number; segments: readonly Segment[] }[];
}

export class Gathered {
	readonly news = new Map<string, GatheredNews>();
	/** Marks of the answers taken in, by stream: deleted at the end unless a newer one came. */
	readonly answers = new Map<string, number>();
	/** The last row that is taken in. */
	foldedTo: number;
	/** In the rows that are taken in. */
	events = 0;
	/** The last stream that is folded again, null where none was left; undefined: no re-folding is under way. */
	refoldTo: string | null | undefined;
	/** Streams taken for their old content, and where the next step goes on; null: none was looked for. */
	aged: AgedPage | null = null;
	/** There is more than one round takes. */
	hasMore = false;
	private readonly read = new Map<number, Segment[]>();
	/** Streams that have events in rows beyond this round, up to the row that was looked at last. */
	private readonly ahead = new Set<string>();
	private lookedTo = 0;
	/** There are more such rows than were looked at. */
	private isFarBehind = false;
	private readonly ports: RoundPorts;
	private readonly before: Progress;
	private readonly stuck: ReadonlyMap<string, StuckStream>;

	/**
	 * @param before as the last round left it
	 * @param stuck  streams that were set aside before
	 * @param retry  those of them to be tried again
	 */
	constructor(ports: RoundPorts, before: Progress, stuck: ReadonlyMap<string, StuckStream>, retry: readonly string[]) {
		this.ports = ports;
		this.before = before;
		this.stuck = stuck;
		this.foldedTo = before.foldedTo;
		for (const stream of [...retry, ...Object.keys(before.intent)]) this.newsOf(stream);
		this.gatherRows();
		this.gatherRefold();
		this.gatherAged();
		this.gatherAnswers();
		this.gatherStuck();
	}

	private newsOf(stream: string): GatheredNews {
		let found = this.news.get(stream);
		if (found === undefined) {
			found = { rows: [], strays: this.before.intent[stream] };
			this.news.set(stream, found);
		}
		return found;
	}

	private gatherRows(): void {
		const { rows, limits } = this.ports;
		const unfolded = rows.rowsAfter(this.foldedTo, limits.roundRowsMax);
		for (const { id, segments } of unfolded) {
			if (this.events >= limits.roundEventsMax) {
				this.hasMore = true;
				break;
			}
			for (const { stream, count } of segments) {
				this.addRow(stream, id, segments);
				this.events += count;
			}
			this.foldedTo = id;
		}
		if (unfolded.length === limits.roundRowsMax) this.hasMore = true;
	}

	private addRow(stream: string, row: number, segments: readonly Segment[]): void {
		const { rows } = this.newsOf(stream);
		if (rows.at(-1)?.row === row) return;
		rows.push({ row, segments });
	}

	private gatherRefold(): void {
		const { rows, limits } = this.ports;
		const from = rows.meta("refold");
		if (from === undefined) return;
		const streams = rows.streamsAfter(from, limits.roundRefoldMax);
		for (const stream of streams) this.newsOf(stream);
		this.refoldTo = streams.at(-1) ?? null;
		if (this.refoldTo !== null) this.hasMore = true;
	}

	private gatherAged(): void {
		const { aging, heads, limits, retention } = this.ports;
		if (aging === null) return;
		this.aged = heads.agedAfter(aging, retention.cut, limits.agedHeadsMax, limits.agedStreamsMax);
		for (const stream of this.aged.streams) this.newsOf(stream);
	}

	private gatherAnswers(): void {
		const { rows, limits } = this.ports;
		const arrived = rows.answers.list(limits.roundAnswersMax);
		for (const { stream } of arrived) this.newsOf(stream);
		if (arrived.length === limits.roundAnswersMax) this.hasMore = true;
		const known = new Map(arrived.map((row) => [row.stream, row]));
		for (const [stream, news] of this.news) {
			const row = known.get(stream) ?? (this.stuck.has(stream) ? rows.answers.find(stream) : undefined);
			if (row === undefined) continue;
			news.answer = row.answer;
			this.answers.set(stream, row.arrived);
		}
	}

	/** A stream that was set aside gets the rows it missed along with its news. */
	private gatherStuck(): void {
		for (const [stream, news] of this.news) {
			const stuck = this.stuck.get(stream);
			if (stuck === undefined) continue;
			const missed = this.ports.rows
				.rowIds(stuck.since, this.before.foldedTo)
				.map((row) => ({ row, segments: this.segmentsOf(row) }))
				.filter(({ segments }) => segments.some((segment) => segment.stream === stream));
			news.rows.unshift(...missed);
			news.strays = joinStrays(stuck.strays, news.strays ?? {});
		}
	}

	segmentsOf(row: number): Segment[] {
		const segments = this.read.get(row) ?? this.ports.rows.loadRow(row);
		this.read.set(row, segments);
		return segments;
	}

	/** Whether the log holds events of the stream that this round does not read, or more rows than it can look through. */
	isAhead(stream: string): boolean {
		if (this.isFarBehind) return true;
		const { rows, limits } = this.ports;
		const further = rows.rowsAfter(Math.max(this.lookedTo, this.foldedTo), limits.roundRowsMax);
		for (const { id, segments } of further) {
			this.lookedTo = id;
			for (const segment of segments) this.ahead.add(segment.stream);
		}
		this.isFarBehind = further.length === limits.roundRowsMax;
		return this.isFarBehind || this.ahead.has(stream);
	}
}

export function joinStrays(a: Strays, b: Strays): Strays {
	const joined: Strays = { ...a };
	for (const [window, owners] of Object.entries(b)) {
		joined[window] = [...new Set([...(joined[window] ?? []), ...owners])];
	}
	return joined;
}
