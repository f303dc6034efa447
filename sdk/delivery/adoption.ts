/**
 * The leases of the tabs that share one disk. A living tab renews its own; what dead tabs left becomes
 * this tab's, in one transaction a tab: whoever reads next finds it under its new owner or under its old
 * one, never under both.
 */
import { readRecord, removeRecord, writeRecord } from "../page/storage.ts";
import type { DiskQueue } from "./idb-queue.ts";
import { withLock } from "./lock.ts";
import { LEASE_MS, type Queue, type Queued } from "./queue.ts";

/** Events that were lost, and are not yet reported. */
export interface Losses {
	/** Dropped by a cap. */
	evicted: number;
	/** Refused by the collector even alone and without a verdict. */
	setAside: number;
}

/** What a tab says of itself. */
interface Lease extends Losses {
	/** Device time, ms since the epoch; 0 lets the records go at once. */
	at: number;
}

/**
 * WebKit keeps no transaction that was begun while its page closed, so a page that goes away also says
 * so under this key in `localStorage`, where the next page looks once, at its start. (Firefox is the
 * other way round: it loses the `localStorage` write and keeps the transaction.)
 */
const LEFT_KEY = "strand-left-";

const forgetLeft = (tab: string): void => removeRecord(LEFT_KEY + tab);

/** For a visitor who allows no storage any more. */
export function forgetAllLeft(): void {
	try {
		for (const key of Object.keys(localStorage)) if (key.startsWith(LEFT_KEY)) removeRecord(key);
	} catch {
		// Forbidden: then nothing was written either.
	}
}

/** Arrays stand behind strings, so `[owner, []]` is behind every record. */
const recordsOf = (owner: string): IDBKeyRange => IDBKeyRange.bound([owner, ""], [owner, []]);
const allOf = (owner: string): IDBKeyRange => IDBKeyRange.bound([owner], [owner, []]);

export interface Tenancy {
	/** Renews the lease, and takes over what tabs silent since before `now` − 30 s left. @returns how much that was */
	renew(now: number): Promise<number>;
	/** Ends the lease: whoever looks may have the records at once, unless they are to be forgotten. */
	end(forget?: boolean): Promise<unknown>;
}

/**
 * @param queue  of this tab; one that is not on the disk has nothing to share
 * @param losses stand in the lease; a dead tab's unreported ones are added to them
 */
export function createTenancy(queue: Queue, tab: string, losses: Losses): Tenancy {
	const { run } = queue as Partial<DiskQueue>;
	if (!run) return { renew: async () => 0, end: async () => undefined };
	let isFirstLook = true;
	let hasLeft = false;

	const hold = (at: number): Promise<unknown> =>
		run((store) => store.put({ at, evicted: losses.evicted, setAside: losses.setAside } satisfies Lease, [tab]));

	/** @returns what `other` left, `[]` while it lives */
	const adopt = async (other: string, now: number): Promise<Queued[]> => {
		let adopted: Queued[] = [];
		const leftAt = isFirstLook ? readRecord<Lease>(LEFT_KEY + other).at : undefined;
		if (leftAt === 0) forgetLeft(other);
		const work = (store: IDBObjectStore): IDBRequest => {
			const lease: IDBRequest<Lease | undefined> = store.get([other]);
			const left: IDBRequest<Queued[]> = store.getAll(recordsOf(other));
			left.onsuccess = () => {
				const { at = 0, evicted = 0, setAside = 0 } = lease.result || {};
				if (at > now - LEASE_MS && leftAt !== 0) return;
				for (const record of left.result) store.put(record, [tab, record.tab, record.seq]);
				store.delete(allOf(other));
				adopted = left.result;
				losses.evicted += evicted;
				losses.setAside += setAside;
			};
			return left;
		};
		await withLock(other, true, () => run(work));
		return adopted;
	};

	return {
		async renew(now) {
			if (hasLeft) forgetLeft(tab);
			hasLeft = false;
			await hold(now);
			const before = queue.read();
			const keys = ((await run((store) => store.getAllKeys())) || []) as [owner: string, tab: string, seq: number][];
			// Nothing is there where the disk has failed.
			if (!keys[0]) return 0;
			let count = 0;
			const own = new Set(keys.filter(([owner]) => owner === tab).map(([, tab, seq]) => tab + seq));
			// Adopted by another tab while this one slept: that tab sends it.
			const gone = new Set(before.filter(({ tab, seq }) => !own.has(tab + seq)));
			if (gone.size) queue.replace(queue.read().filter((record) => !gone.has(record)));
			for (const other of new Set(keys.map(([owner]) => owner))) {
				const adopted = other === tab ? [] : await adopt(other, now);
				count += adopted.length;
				if (adopted[0]) queue.replace([...adopted, ...queue.read()]);
			}
			isFirstLook = false;
			return count;
		},
		async end(forget) {
			hasLeft = true;
			if (forget) return forgetAllLeft();
			writeRecord(LEFT_KEY + tab, { at: 0 });
			await hold(0);
		},
	};
}
