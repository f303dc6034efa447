/**
 * The queue on disk. One object store, in the order of IndexedDB's keys
 * (https://w3c.github.io/IndexedDB/#key-construct):
 *
 *   key                  value
 *   [owner]              {@link Lease}
 *   [owner, tab, seq]    {@link Queued}; seq 0 is the tab's draft
 *
 * A record survives the death of the browser as soon as its transaction is complete (0.7–3 ms with
 * relaxed durability, in Chromium and Firefox alike), which `localStorage` reaches seconds later.
 */
import { promisifyRequest } from "idb-keyval";
import { readRecord, removeRecords, writeRecord } from "../page/storage.ts";
import { withLock } from "./lock.ts";
import { chooseEvicted, LEASE_MS, type Lease, type Queue, type Queued } from "./queue.ts";

const STORE = "queue";
/** WebKit may leave an `open` unanswered for ever: https://bugs.webkit.org/show_bug.cgi?id=226547 */
const OPEN_WAIT_MS = 3_000;

/** Caps are checked after so much growth, since that reads every record: at 32 KiB each still below the cap in bytes. */
const AUDIT_EVENTS = 150;

/**
 * WebKit keeps no transaction that was begun while its page closed, so a page that goes away also says
 * so under this key in `localStorage`, where the next page looks once, at its start. (Firefox is the
 * other way round: it loses the `localStorage` write and keeps the transaction.)
 */
const LEFT_KEY = "strand-left-";

/** Arrays stand behind strings, so `[owner, []]` is behind every record. */
const recordsOf = (owner: string): IDBKeyRange => IDBKeyRange.bound([owner, ""], [owner, []]);
const keyOf = (owner: string, { tab, seq }: Queued): IDBValidKey => [owner, tab, seq];

function openDatabase(name: string): Promise<IDBDatabase> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.open(name);
		request.onupgradeneeded = () => request.result.createObjectStore(STORE);
		promisifyRequest(request).then((database) => {
			// Another tab deletes it, since consent was withdrawn.
			database.onversionchange = () => database.close();
			resolve(database);
		}, reject);
		setTimeout(reject, OPEN_WAIT_MS, new Error("IndexedDB does not answer"));
	});
}

/** @param name one database for each write key, so that two of them on one origin never mix */
export function createIdbQueue(name: string): Queue {
	let opening: Promise<IDBDatabase> | undefined;
	let audited = 0;
	let isFirstLook = true;
	let hasLeft = false;

	/**
	 * Runs `work` in one transaction and resolves with what its request found. `final` work asks for
	 * nothing more in a callback: its explicit commit lets it reach the disk when the page is closing. A lost connection, common
	 * on iOS after a long time in the background, is made anew once.
	 */
	async function run<T>(
		mode: IDBTransactionMode,
		work: (store: IDBObjectStore) => IDBRequest<T>,
		strict = false,
		final = true,
	): Promise<T> {
		opening = opening || openDatabase(name);
		const begin = (database: IDBDatabase): IDBTransaction =>
			database.transaction(STORE, mode, { durability: strict ? "strict" : "relaxed" });
		let transaction: IDBTransaction;
		const database = await opening;
		try {
			transaction = begin(database);
		} catch {
			opening = openDatabase(name);
			transaction = begin(await opening);
		}
		const request = work(transaction.objectStore(STORE));
		if (final) transaction.commit?.();
		await promisifyRequest(transaction);
		return request.result;
	}

	return {
		put: (records, strict) =>
			run(
				"readwrite",
				(store) => {
					for (const record of records) store.put(record, keyOf(record.tab, record));
					return store.count([""]);
				},
				strict,
			),

		read: async (owner, countMax) =>
			(await run<Queued[]>("readonly", (store) => store.getAll(recordsOf(owner), countMax + 1)))
				.filter(({ tab, seq }) => seq || tab !== owner)
				.slice(0, countMax),

		async remove(owner, records) {
			if (records) {
				return run("readwrite", (store) => {
					for (const record of records) store.delete(keyOf(owner, record));
					return store.count([owner]);
				});
			}
			(await opening)?.close();
			// An answer that is still under way must not make the database anew.
			opening = Promise.reject(new Error("deleted"));
			opening.catch(() => undefined);
			removeRecords(LEFT_KEY);
			return promisifyRequest(indexedDB.deleteDatabase(name));
		},

		async hold(owner, lease) {
			if (!lease.at || hasLeft) writeRecord(LEFT_KEY + owner, lease.at ? null : lease);
			hasLeft = !lease.at;
			return !!(await run<Lease | undefined>("readwrite", (store) => {
				const before = store.get([owner]);
				store.put(lease, [owner]);
				return before;
			}));
		},

		async adopt(owner, now) {
			const found = { adopted: 0, evicted: 0, setAside: 0 };
			const keys = (await run("readonly", (store) => store.getAllKeys())) as string[][];
			for (const other of new Set(keys.map(([owner]) => owner as string))) {
				if (other === owner) continue;
				const leftAt = isFirstLook ? readRecord<Lease>(LEFT_KEY + other).at : undefined;
				if (leftAt === 0) writeRecord(LEFT_KEY + other, null);
				await withLock(other, true, () =>
					run(
						"readwrite",
						(store) => {
							const lease: IDBRequest<Lease | undefined> = store.get([other]);
							const left: IDBRequest<Queued[]> = store.getAll(recordsOf(other));
							left.onsuccess = () => {
								const { at = 0, evicted = 0, setAside = 0 } = lease.result || {};
								if (at > now - LEASE_MS && leftAt !== 0) return;
								for (const record of left.result) store.put(record, keyOf(owner, record));
								store.delete(IDBKeyRange.bound([other], [other, []]));
								found.adopted += left.result.length;
								found.evicted += evicted;
								found.setAside += setAside;
							};
							return left;
						},
						false,
						false,
					),
				);
			}
			isFirstLook = false;
			audited = Math.min(audited, keys.length);
			if (found.adopted || keys.length > audited + AUDIT_EVENTS) {
				audited = keys.length;
				const records = await run<Queued[]>("readonly", (store) => store.getAll(recordsOf(owner)));
				const evicted = chooseEvicted(records, now);
				await this.remove(owner, evicted);
				found.evicted += evicted.length;
			}
			return found;
		},
	};
}
