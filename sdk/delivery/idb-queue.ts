/**
 * The queue on disk: the one in memory, written through. One object store, in the order of IndexedDB's
 * keys (https://w3c.github.io/IndexedDB/#key-construct):
 *
 *   key                  value
 *   [owner]              the tab's lease
 *   [owner, tab, seq]    {@link Queued}; seq 0 is the tab's draft
 *
 * A record survives the death of the browser as soon as its transaction is complete (0.7–3 ms with
 * relaxed durability, in Chromium and Firefox alike), which `localStorage` reaches seconds later. Once
 * the disk has failed (full, forbidden, broken), this page goes on in memory with all it has.
 */
import { promisifyRequest } from "idb-keyval";
import { writeRecord } from "../page/storage.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { DRAFT_SEQ, type Losses, type Queue, type Queued } from "./queue.ts";

/** What a tab says of itself. */
export interface Lease {
	/** Device time, ms since the epoch; 0 lets the records go at once. */
	at: number;
	/** Its own, and what it took over and has not told yet. */
	losses?: readonly Losses[];
}

/**
 * WebKit keeps no transaction that was begun while its page closed, so a page that goes away also says
 * so under this key in `localStorage`, where the next page looks once, at its start. (Firefox is the
 * other way round: it loses the `localStorage` write and keeps the transaction.)
 */
export const LEFT_KEY = "strand-left-";

const STORE = "queue";
/** WebKit may leave an `open` unanswered for ever: https://bugs.webkit.org/show_bug.cgi?id=226547 */
const OPEN_WAIT_MS = 3_000;

/**
 * Runs `work` in one transaction and resolves with what its request found; `undefined` once the disk
 * has failed. Work whose request has a callback asks for more there; all other is committed at once, which
 * lets it reach the disk when the page is closing.
 */
export type RunOnDisk = <T>(
	// biome-ignore lint/suspicious/noConfusingVoidType: work that is not asked for anything gives nothing back
	work: (store: IDBObjectStore) => IDBRequest<T> | undefined | void,
	strict?: boolean,
) => Promise<T | undefined>;

export interface DiskQueue extends Queue {
	run: RunOnDisk;
	/** @param beside done in the same transaction */
	remove(records: readonly Queued[], beside?: (store: IDBObjectStore) => unknown): Promise<unknown>;
	/** As it stands once the page is gone. */
	readonly lease: Lease;
	/** The page goes away: whoever looks may have the records at once. It does so by itself when the page is left. */
	leave(): unknown;
}

/** @param name one database for each write key, so that two of them on one origin never mix */
export function createIdbQueue(name: string, tab: string): DiskQueue {
	const memory = createMemoryQueue();
	let opening: Promise<IDBDatabase> | undefined;
	let hasFailed = false;
	/** What this task has put so far, and whether any of it must reach the disk itself. */
	let waiting: Queued[] = [];
	let isStrict: boolean | undefined;
	let storing: Promise<unknown> | undefined;

	const keyOf = (record: Queued): IDBValidKey => [tab, record.tab, record.seq];

	const open = (): Promise<IDBDatabase> =>
		new Promise((resolve, reject) => {
			const request = indexedDB.open(name);
			request.onupgradeneeded = () => request.result.createObjectStore(STORE);
			promisifyRequest(request).then((database) => {
				// Another tab deletes it, since consent was withdrawn.
				database.onversionchange = database.close;
				resolve(database);
			}, reject);
			setTimeout(reject, OPEN_WAIT_MS);
		});

	const run: RunOnDisk = async (work, strict) => {
		if (hasFailed) return undefined;
		const begin = async (): Promise<IDBTransaction> => {
			opening = opening || open();
			return (await opening).transaction(STORE, "readwrite", { durability: strict ? "strict" : "relaxed" });
		};
		try {
			const transaction = await begin().catch(() => {
				// A lost connection, common on iOS after a long time in the background, is made anew once.
				opening = undefined;
				return begin();
			});
			const request = work(transaction.objectStore(STORE));
			if (!request?.onsuccess) transaction.commit?.();
			await promisifyRequest(transaction);
			return request?.result;
		} catch {
			hasFailed = true;
		}
		return undefined;
	};

	const lease: Lease = { at: 0 };
	function leave(): unknown {
		// Nothing was stored, or nothing may be.
		if (!opening || hasFailed) return;
		writeRecord(LEFT_KEY + tab, lease);
		return run((store) => store.put(lease, [tab]));
	}
	addEventListener("pagehide", leave);

	async function store(): Promise<unknown> {
		await undefined;
		const records = waiting;
		const strict = isStrict;
		waiting = [];
		storing = isStrict = undefined;
		return run((store) => {
			let last: IDBRequest | undefined;
			for (const record of records) {
				// Whatever the tab's latest report says, the draft said less.
				if (record.kind === "engagement") store.delete([tab, tab, DRAFT_SEQ]);
				last = store.put(record, keyOf(record));
			}
			return last;
		}, strict);
	}

	return {
		...memory,
		run,
		lease,
		leave,
		put(record, strict) {
			memory.put(record);
			waiting.push(record);
			isStrict = isStrict || strict;
			storing = storing || store();
			return storing;
		},
		async remove(records, beside) {
			memory.remove(records);
			await run((store) => {
				for (const record of records) store.delete(keyOf(record));
				beside?.(store);
			});
		},
		async clear() {
			memory.clear();
			// An answer that is still under way must not make the database anew.
			hasFailed = true;
			try {
				(await opening)?.close();
				await promisifyRequest(indexedDB.deleteDatabase(name));
			} catch {
				// What could not be opened holds nothing.
			}
		},
	};
}
