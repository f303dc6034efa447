/**
 * The queue that lives as long as the page: for visitors who allow no storage, and for browsers whose
 * storage is full, forbidden or broken. No other tab sees it, so nothing is adopted.
 */
import { chooseEvicted, type Queue, type Queued } from "./queue.ts";

export function createMemoryQueue(): Queue {
	let records: Queued[] = [];
	return {
		async put(added) {
			records = records.concat(added.filter(({ seq }) => seq));
		},
		read: async (_owner, countMax) => records.slice(0, countMax),
		async remove(_owner, removed) {
			const isRemoved = (one: Queued): boolean => !removed?.every(({ tab, seq }) => tab !== one.tab || seq !== one.seq);
			records = records.filter((record) => !isRemoved(record));
		},
		hold: async () => true,
		async adopt(_owner, now) {
			const evicted = chooseEvicted(records, now);
			records = records.filter((record) => !evicted.includes(record));
			return { adopted: 0, evicted: evicted.length, setAside: 0 };
		},
	};
}
