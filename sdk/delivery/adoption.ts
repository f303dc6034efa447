/**
 * The leases of the tabs that share one disk. A living tab renews its own; what dead tabs left becomes
 * this tab's, in one transaction a tab: whoever reads next finds it under its new owner or under its old
 * one, never under both.
 */
import { readRecord, removeRecord } from "../page/storage.ts";
import { type DiskQueue, LEFT_KEY, type Lease } from "./idb-queue.ts";
import { withLock } from "./lock.ts";
import { LEASE_MS, type Losses, type Queue, type Queued } from "./queue.ts";

/** Looked at, or of a visitor who allows no storage any more. */
export function forgetAllLeft(): void {
	try {
		for (const key of Object.keys(localStorage)) if (key.startsWith(LEFT_KEY)) removeRecord(key);
	} catch {
		// Forbidden: then nothing was written either.
	}
}

/** The lease first, then the records. Arrays stand behind strings, so `[owner, []]` is behind every record. */
const allOf = (owner: string): IDBKeyRange => IDBKeyRange.bound([owner], [owner, []]);

export interface Tenancy {
	/** Renews the lease, and takes over what tabs silent since before `now` − 30 s left. @returns how much that was */
	renew(now: number): Promise<number>;
	/** Forgets records that were not delivered, in one transaction with the losses that they have become. */
	giveUp(records: readonly Queued[], now: number): Promise<unknown>;
	/** Ends the lease: whoever looks may have the records at once, unless they are to be forgotten. */
	end(forget?: boolean): unknown;
}

/**
 * @param queue  of this tab; one that is not on the disk has nothing to share
 * @param losses stand in the lease, the tab's own last; those of dead tabs are put before them
 */
export function createTenancy(queue: Queue, tab: string, losses: Losses[]): Tenancy {
	const disk = queue as DiskQueue;
	const { run, lease } = disk;
	if (!run) return { renew: async () => 0, giveUp: queue.remove, end: () => undefined };
	lease.losses = losses;
	let isFirstLook = true;

	const hold =
		(at: number) =>
		(store: IDBObjectStore): IDBRequest =>
			store.put({ ...lease, at }, [tab]);

	/** @returns what `other` left, `[]` while it lives */
	const adopt = async (other: string, now: number): Promise<Queued[]> => {
		let adopted: Queued[] = [];
		const isGone = isFirstLook && readRecord<Lease>(LEFT_KEY + other).at === 0;
		const work = (store: IDBObjectStore): IDBRequest => {
			const left: IDBRequest<Partial<Lease & Queued>[]> = store.getAll(allOf(other));
			left.onsuccess = () => {
				// A page that has just begun has no lease yet: it was heard of when it wrote its first record.
				const [{ at = 0, losses: theirs = [] } = {}] = left.result;
				if (at > now - LEASE_MS && !isGone) return;
				store.delete(allOf(other));
				adopted = left.result.filter(({ json }) => json) as Queued[];
				for (const record of adopted) store.put(record, [tab, record.tab, record.seq]);
				losses.unshift(...theirs.filter(({ evicted, setAside }) => evicted + setAside));
				hold(now)(store);
			};
			return left;
		};
		await withLock(other, true, () => run(work));
		return adopted;
	};

	return {
		async renew(now) {
			const before = queue.read();
			// What was put in this very task begins its transaction first, and is among the keys.
			await undefined;
			const keys = (await run((store) => {
				hold(now)(store);
				return store.getAllKeys();
			})) as [owner: string, tab: string, seq: number][] | undefined;
			// The disk has failed.
			if (!keys) return 0;
			let count = 0;
			const own = new Set(keys.filter(([owner]) => owner === tab).map(([, tab, seq]) => tab + seq));
			// Adopted by another tab while this one slept: that tab sends it.
			const gone = new Set(before.filter(({ tab, seq }) => !own.has(tab + seq)));
			queue.replace(queue.read().filter((record) => !gone.has(record)));
			for (const other of new Set(keys.map(([owner]) => owner))) {
				const adopted = other === tab ? [] : await adopt(other, now);
				count += adopted.length;
				if (adopted[0]) queue.replace([...adopted, ...queue.read()]);
			}
			// Also of this page, where it is back, and of those that left nothing else.
			if (isFirstLook) forgetAllLeft();
			isFirstLook = false;
			return count;
		},
		giveUp: (records, now) => disk.remove(records, hold(now)),
		end: (forget) => (forget ? forgetAllLeft() : disk.leave()),
	};
}
