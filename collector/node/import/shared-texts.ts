/**
 * A workbook's shared texts by number. The first few MB are held; further ones lie in a temporary file, since a table of
 * a hundred thousand remarks has as many. They are mostly asked for in the order in which they came, so a block that was
 * read answers what follows.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** UTF-16 units. */
const HELD_CHARS_MAX = 4 * 1024 * 1024;
/** Bytes written at once, and read at once where a text is no longer. */
const BLOCK_BYTES = 256 * 1024;

export class SharedTexts {
	private readonly held: string[] = [];
	private heldChars = 0;
	/** Where each of the others ends in the file, bytes. */
	private ends = new Float64Array(1024);
	private spilled = 0;
	private file: { descriptor: number; folder: string } | null = null;
	private waiting: Buffer[] = [];
	private waitingBytes = 0;
	private writtenBytes = 0;
	private block = { from: 0, bytes: Buffer.alloc(0) };

	add(text: string): void {
		if (this.spilled === 0 && this.heldChars + text.length <= HELD_CHARS_MAX) {
			this.held.push(text);
			this.heldChars += text.length;
			return;
		}
		const bytes = Buffer.from(text, "utf8");
		this.waiting.push(bytes);
		this.waitingBytes += bytes.byteLength;
		if (this.spilled === this.ends.length) {
			const larger = new Float64Array(2 * this.ends.length);
			larger.set(this.ends);
			this.ends = larger;
		}
		this.ends[this.spilled++] = this.writtenBytes + this.waitingBytes;
		if (this.waitingBytes >= BLOCK_BYTES) this.flush();
	}

	/** Undefined where there is none of that number. */
	get(number: number): string | undefined {
		const index = number - this.held.length;
		if (index < 0) return this.held[number];
		const to = index < this.spilled ? this.ends[index] : undefined;
		if (to === undefined) return undefined;
		if (this.waitingBytes > 0) this.flush();
		const from = index === 0 ? 0 : (this.ends[index - 1] as number);
		const { block } = this;
		if (from < block.from || to > block.from + block.bytes.byteLength)
			this.load(from, Math.max(BLOCK_BYTES, to - from));
		return this.block.bytes.toString("utf8", from - this.block.from, to - this.block.from);
	}

	/** Removes the file; nothing may be asked for afterwards. */
	close(): void {
		if (this.file === null) return;
		closeSync(this.file.descriptor);
		rmSync(this.file.folder, { recursive: true, force: true });
		this.file = null;
	}

	private flush(): void {
		this.file ??= openFile();
		const bytes = Buffer.concat(this.waiting);
		writeSync(this.file.descriptor, bytes, 0, bytes.byteLength, this.writtenBytes);
		this.writtenBytes += bytes.byteLength;
		[this.waiting, this.waitingBytes] = [[], 0];
	}

	private load(from: number, length: number): void {
		const bytes = Buffer.alloc(length);
		const read = this.file === null ? 0 : readSync(this.file.descriptor, bytes, 0, length, from);
		this.block = { from, bytes: bytes.subarray(0, read) };
	}
}

function openFile(): { descriptor: number; folder: string } {
	const folder = mkdtempSync(join(tmpdir(), "strand-import-"));
	return { descriptor: openSync(join(folder, "texts"), "wx+", 0o600), folder };
}
