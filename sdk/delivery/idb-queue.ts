/**
 * The queue on disk. One object store:
 *
 *   key            value
 *   0              {@link Losses} not yet reported
 *   "TAB"          {@link Lease}: who sends that tab's records, and when he last said so
 *   ["TAB", seq]   {@link Queued}; seq 0 is the tab's draft
 *
 * A record survives the death of the browser as soon as its transaction is complete (0.7–3 ms with
 * relaxed durability, in Chromium and Firefox alike), which `localStorage` reaches seconds later.
 */
import { delMany, promisifyRequest, setMany, type UseStore } from "idb-keyval";
import { withLock } from "./lock.ts";
import { byAge, chooseEvicted, LEASE_MS, type Losses, type Queue, type Queued } from "./queue.ts";

interface Lease {
	holder: string;
	/** Device time of the last renewal; 0 once it was let go. */
	at: number;
}

const STORE = "queue";
const LOSSES_KEY = 0;
/** WebKit may leave an `open` unanswered for ever: https://bugs.webkit.org/show_bug.cgi?id=226547 */
const OPEN_WAIT_MS = 3_000;
/** Caps are checked after so much growth: a full check reads every record. */
const AUDIT_BYTES = 256 * 1024;
const AUDIT_EVENTS = 500;

/** IndexedDB orders numbers, strings, arrays: https://w3c.github.io/IndexedDB/#key-construct */
const allLeases = (): IDBKeyRange => IDBKeyRange.bound("", [], false, true);
const recordsOf = (tab: string, from = 0): IDBKeyRange => IDBKeyRange.bound([tab, from], [tab, []]);
const keyOf = (record: Queued): IDBValidKey => [record.tab, record.seq];

function openDatabase(name: string): Promise<IDBDatabase> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.open(name);
		request.onupgradeneeded = () => request.result.createObjectStore(STORE);
		promisifyRequest(request).then(resolve, reject);
		setTimeout(reject, OPEN_WAIT_MS, new Error("IndexedDB does not answer"));
	});
}

/** @param name one database for each write key, so that two of them on one origin never mix */
export function createIdbQueue(name: string): Queue {
	let opened: Promise<IDBDatabase> | undefined;
	let leasedTab = "";
	let grownBytes: number = AUDIT_BYTES;
	let grownEvents = 0;

	/** A dead connection is common on iOS after a long time in the background: open once more, then give up. */
	async function begin(mode: IDBTransactionMode, strict: boolean): Promise<IDBObjectStore> {
		const durability = strict ? "strict" : "relaxed";
		for (let last = false; ; last = true) {
			opened = opened || openDatabase(name);
			try {
				return (await opened).transaction(STORE, mode, { durability }).objectStore(STORE);
			} catch (error) {
				// A database that cannot be opened stays closed for this page; a lost connection is made anew.
				if (last || !(await opened)) throw error;
				opened = undefined;
			}
		}
	}
	const use: UseStore = async (mode, callback) => callback(await begin(mode, false));
	/** For plain writes: an explicit commit lets a put begun while the page is closing reach the disk. */
	const writer =
		(strict: boolean): UseStore =>
		async (mode, callback) => {
			const store = await begin(mode, strict);
			const done = callback(store);
			store.transaction.commit?.();
			return done;
		};

	/** Adds to the losses inside a running transaction. */
	function count(store: IDBObjectStore, evicted: number, setAside: number): void {
		const request = store.get(LOSSES_KEY);
		request.onsuccess = () => {
			const before: Losses = request.result || { evicted: 0, setAside: 0 };
			// Two tabs may have reported the same loss: never below none.
			const after = {
				evicted: Math.max(0, before.evicted + evicted),
				setAside: Math.max(0, before.setAside + setAside),
			};
			store.put(after, LOSSES_KEY);
		};
	}

	/** Holds the store to its caps, and gives records that nobody holds a lease to be adopted by. */
	function audit(now: number): Promise<void> {
		grownBytes = grownEvents = 0;
		return use("readwrite", (store) => {
			const leases = store.getAllKeys(allLeases());
			const request: IDBRequest<Queued[]> = store.getAll(IDBKeyRange.lowerBound([]));
			request.onsuccess = () => {
				const evicted = chooseEvicted(request.result, now);
				for (const record of evicted) store.delete(keyOf(record));
				if (evicted.length) count(store, evicted.length, 0);
				const held = new Set(leases.result);
				for (const tab of new Set(request.result.map((record) => record.tab))) {
					if (!held.has(tab)) store.put({ holder: "", at: 0 }, tab);
				}
			};
			return promisifyRequest(store.transaction);
		});
	}

	/** Takes the leases in `stale` that are still as they were seen. */
	const adopt = (stale: ReadonlyMap<string, Lease>, owner: string, now: number): Promise<number> =>
		use("readwrite", async (store) => {
			let adopted = 0;
			for (const [tab, seen] of stale) {
				const request: IDBRequest<Lease | undefined> = store.get(tab);
				request.onsuccess = () => {
					if (request.result?.holder !== seen.holder || request.result.at !== seen.at) return;
					store.put({ holder: owner, at: now }, tab);
					adopted++;
				};
			}
			await promisifyRequest(store.transaction);
			return adopted;
		});

	return {
		async put(records, strict = false) {
			const entries = records.map((record): [IDBValidKey, unknown] => [keyOf(record), record]);
			const { tab, at } = records[0] as Queued;
			if (leasedTab !== tab) entries.push([tab, { holder: tab, at }]);
			await setMany(entries, writer(strict));
			leasedTab = tab;
			for (const record of records) grownBytes += record.json.length;
			grownEvents += records.length;
			if (grownBytes > AUDIT_BYTES || grownEvents > AUDIT_EVENTS) await audit(at);
		},

		read: (owner, countMax) =>
			use("readonly", async (store) => {
				const [tabs, leases] = (await Promise.all([
					promisifyRequest(store.getAllKeys(allLeases())),
					promisifyRequest(store.getAll(allLeases())),
				])) as [string[], Lease[]];
				const held = tabs.filter((tab, index) => tab !== owner && leases[index]?.holder === owner);
				const found: Queued[][] = await Promise.all(
					[recordsOf(owner, 1), ...held.map((tab) => recordsOf(tab))].map((range) =>
						promisifyRequest<Queued[]>(store.getAll(range, countMax)),
					),
				);
				return found.flat().sort(byAge).slice(0, countMax);
			}),

		remove: (records, change) =>
			use("readwrite", (store) => {
				if (change) count(store, change.evicted, change.setAside);
				return delMany(records.map(keyOf), async (_mode, callback) => callback(store));
			}),

		async hold(owner, now) {
			// At the first look: what an earlier page left may be too old or too much.
			if (grownBytes >= AUDIT_BYTES) await audit(now);
			const stale = new Map<string, Lease>();
			let lost = false;
			const losses = await use("readwrite", async (store) => {
				const request = store.openCursor(allLeases());
				let own = false;
				request.onsuccess = () => {
					const cursor = request.result;
					if (!cursor) {
						if (!own && leasedTab === owner) store.put({ holder: owner, at: now }, owner);
						return;
					}
					const tab = cursor.key as string;
					const lease: Lease = cursor.value;
					if (tab === owner) {
						own = true;
						lost = lease.holder !== owner;
					}
					const free = lease.at < now - LEASE_MS;
					if (lease.holder === owner) store.put({ holder: owner, at: now }, tab);
					if (tab !== owner && (free || lease.holder === owner)) {
						const counted = store.count(recordsOf(tab));
						counted.onsuccess = () => {
							if (!counted.result) store.delete(tab);
							else if (lease.holder !== owner) stale.set(tab, lease);
						};
					}
					cursor.continue();
				};
				const known: IDBRequest<Losses | undefined> = store.get(LOSSES_KEY);
				await promisifyRequest(store.transaction);
				return known.result;
			});
			let adopted = 0;
			for (const holder of new Set(Array.from(stale.values(), (lease) => lease.holder))) {
				const theirs = new Map(Array.from(stale).filter(([, lease]) => lease.holder === holder));
				await withLock(holder, true, async () => {
					adopted += await adopt(theirs, owner, now);
				});
			}
			return { evicted: 0, setAside: 0, ...losses, lost, adopted };
		},

		async release(owner, forget) {
			if (forget) {
				(await opened)?.close();
				opened = undefined;
				leasedTab = "";
				await promisifyRequest(indexedDB.deleteDatabase(name));
				return;
			}
			await use("readwrite", (store) => {
				const request = store.openCursor(allLeases());
				request.onsuccess = () => {
					const cursor = request.result;
					if (!cursor) return;
					if ((cursor.value as Lease).holder === owner) cursor.update({ holder: owner, at: 0 });
					cursor.continue();
				};
				return promisifyRequest(store.transaction);
			});
		},
	};
}
