/**
 * The queue that lives as long as the page: for visitors who allow no storage. No other tab
 * sees it.
 */
import type { Queue, Queued } from "./queue.ts";

export function createMemoryQueue(): Queue {
	let records: readonly Queued[] = [];
	return {
		async put(record) {
			// Not the draft.
			if (record.seq) records = [...records, record];
		},
		read: () => records,
		replace(others) {
			records = others;
		},
		async remove(removed) {
			records = records.filter((record) => !removed.includes(record));
		},
		async clear() {
			records = [];
		},
	};
}
