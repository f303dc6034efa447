/**
 * The queue that lives as long as the page: for visitors who allow no storage, and for browsers that
 * have none. Its one tab is always held.
 */
import { byAge, chooseEvicted, DRAFT_SEQ, type Losses, type Queue, type Queued } from "./queue.ts";

export function createMemoryQueue(): Queue {
	const records = new Map<string, Queued>();
	const losses: Losses = { evicted: 0, setAside: 0 };
	const keyOf = (record: Queued): string => `${record.tab}/${record.seq}`;
	return {
		async put(added) {
			for (const record of added) records.set(keyOf(record), record);
			for (const record of chooseEvicted(Array.from(records.values()), (added[0] as Queued).at)) {
				records.delete(keyOf(record));
				losses.evicted++;
			}
		},
		async read(_owner, countMax) {
			return Array.from(records.values())
				.filter((record) => record.seq !== DRAFT_SEQ)
				.sort(byAge)
				.slice(0, countMax);
		},
		async remove(removed, change) {
			for (const record of removed) records.delete(keyOf(record));
			losses.evicted += change?.evicted || 0;
			losses.setAside += change?.setAside || 0;
		},
		async hold() {
			return { lost: false, adopted: 0, ...losses };
		},
		async release(_owner, forget) {
			if (forget) records.clear();
		},
	};
}
