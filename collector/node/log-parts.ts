/**
 * A log in parts that fit into memory, each closed under `identity.md` rule 17: two events that name a common
 * identifier, or lie in one stream, are in the same part. Parts lie in files of a folder that is removed afterwards.
 */

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { carriedNodes, createHasher, readIdentifiers, streamOf } from "../identity/index.ts";
import type { LoggedEvent } from "../model.ts";
import type { WorkspaceConfig } from "../store/replay.ts";

/** Text that waits to be written to files; UTF-16 units. */
const WAITING_CHARS_MAX = 8 * 1024 * 1024;
const PART_EVENTS = 20_000;
const PARTS_MAX = 1_000;

/**
 * @param log    reads the log from its beginning; called twice
 * @param folder that the parts' own folder is made in: it holds personal data
 * @param size   events that a part should hold about; a person with more is in one part all the same
 */
export async function* partsOf(
	log: () => AsyncIterable<LoggedEvent>,
	config: WorkspaceConfig,
	folder: string,
	size: number = PART_EVENTS,
): AsyncGenerator<LoggedEvent[]> {
	const hash = createHasher(config.secret);
	const { identity } = config.settings;
	const read = (event: LoggedEvent) => {
		const ids = readIdentifiers(event, identity, hash);
		return { stream: streamOf(ids, event.sent.messageId, hash), nodes: carriedNodes(event, ids, identity, hash) };
	};
	const groups = new Groups();
	let events = 0;
	for await (const event of log()) {
		const { stream, nodes } = read(event);
		for (const node of nodes) groups.join(stream, node);
		events++;
	}
	const count = Math.min(PARTS_MAX, Math.ceil(events / size) || 1);
	const parts = mkdtempSync(join(folder, "parts-"));
	try {
		const file = (part: number) => join(parts, `${part}.ndjson`);
		const waiting = new Map<number, string>();
		let chars = 0;
		const flush = () => {
			for (const [part, text] of waiting) appendFileSync(file(part), text, { mode: 0o600 });
			waiting.clear();
			chars = 0;
		};
		for await (const event of log()) {
			const line = `${JSON.stringify(event)}\n`;
			// A tombstone reaches whoever it names: it is in every part.
			const own = groups.numberOf(read(event).stream) % count;
			const places = event.sent.type === "erase" ? Array.from({ length: count }, (_, part) => part) : [own];
			for (const part of places) waiting.set(part, (waiting.get(part) ?? "") + line);
			chars += line.length * places.length;
			if (chars > WAITING_CHARS_MAX) flush();
		}
		flush();
		for (let part = 0; part < count; part++) {
			if (!existsSync(file(part))) continue;
			const lines = readFileSync(file(part), "utf8").split("\n");
			yield lines.filter((line) => line !== "").map((line) => JSON.parse(line) as LoggedEvent);
		}
	} finally {
		rmSync(parts, { recursive: true, force: true });
	}
}

/** Union-find over texts. */
class Groups {
	private readonly numbers = new Map<string, number>();
	private readonly parents: number[] = [];

	/** The group of a text; one of its own where it was never joined. */
	numberOf(text: string): number {
		let number = this.numbers.get(text);
		if (number === undefined) {
			number = this.parents.length;
			this.numbers.set(text, number);
			this.parents.push(number);
		}
		return this.rootOf(number);
	}

	join(a: string, b: string): void {
		const [first, second] = [this.numberOf(a), this.numberOf(b)];
		this.parents[Math.max(first, second)] = Math.min(first, second);
	}

	private rootOf(number: number): number {
		let root = number;
		for (let parent = this.parents[root] ?? root; parent !== root; parent = this.parents[root] ?? root) {
			// Halves the way for who asks next.
			this.parents[root] = this.parents[parent] ?? parent;
			root = parent;
		}
		return root;
	}
}
