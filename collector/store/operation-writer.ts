/**
 * What a column says, as bytes (column-writer.ts): operations, of which like ones next to each other become a run; the texts
 * in the order in which they are said; and, apart, what deflate cannot shrink.
 */

import { OP, QUOTE, RUN_MAX, TEXT_END } from "./column-ops.ts";
import { ByteWriter } from "./compact-bytes.ts";

export interface ColumnBytes {
	/** How long the operations are, then what deflate cannot shrink, in the order in which a reader wants it. */
	raw: Uint8Array;
	/** To be deflated: operations, then texts. */
	said: Uint8Array;
}

const utf8 = new TextEncoder();

export class OperationWriter {
	/** What deflate cannot shrink. */
	readonly raw = new ByteWriter();
	private readonly ops = new ByteWriter();
	private texts = "";
	/** What is not written yet, since it may go on: an operation, how many, and what must follow it. */
	private run: { op: number; count: number; detail: number } = { op: -1, count: 0, detail: 0 };

	finish(): ColumnBytes {
		const ops = this.ops.finish();
		const raw = new ByteWriter();
		raw.count(ops.length);
		raw.append(this.raw.finish());
		const texts = utf8.encode(this.texts);
		const said = new Uint8Array(ops.length + texts.length);
		said.set(ops);
		said.set(texts, ops.length);
		return { raw: raw.finish(), said };
	}

	/** Behind the operation that was written last. */
	count(count: number): void {
		this.ops.count(count);
	}

	/** One that never makes a run. */
	op(op: number, detail?: number): void {
		this.endRun();
		this.ops.byte(op);
		if (detail !== undefined) this.ops.count(detail);
	}

	/** One that may be the first of a run, or one more of it. */
	extend(op: number, detail = 0): void {
		if (this.run.op === op && this.run.detail === detail && this.run.count > 0) this.run.count++;
		else {
			this.endRun();
			this.run = { op, count: 1, detail };
		}
	}

	/** The first of a run waits for a second, since alone it lies elsewhere. */
	int(value: number): void {
		if (this.run.op === OP.int && this.run.count > 0) {
			if (this.run.count === 1) this.raw.number(this.run.detail);
			this.raw.number(value);
			this.run.count++;
		} else {
			this.endRun();
			this.run = { op: OP.int, count: 1, detail: value };
		}
	}

	text(text: string): void {
		const isPlain = !text.startsWith(QUOTE) && !text.includes(TEXT_END) && text.isWellFormed();
		this.texts += (isPlain ? text : JSON.stringify(text)) + TEXT_END;
	}

	endColumn(): void {
		if (this.run.op === OP.same) this.run = { op: OP.rest, count: 1, detail: 0 };
		this.endRun();
	}

	private endRun(): void {
		const { op, count, detail } = this.run;
		this.run = { op: -1, count: 0, detail: 0 };
		if (op === OP.same || op === OP.next) {
			for (let left = count; left > 0; left -= RUN_MAX) this.ops.byte(op + Math.min(left, RUN_MAX) - 1);
		} else if (count > 0) {
			this.ops.byte(count === 1 ? op : op + 1);
			if (count > 1) this.ops.count(count);
			if (op === OP.dotted) this.ops.count(detail);
			if (op === OP.int && count === 1) this.ops.number(detail);
		}
	}
}
