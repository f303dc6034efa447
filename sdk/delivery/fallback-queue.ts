/**
 * The disk where it works, memory where it does not: storage may be full, forbidden, broken or silent,
 * from the start or from one moment on, and events must leave all the same.
 */
import { byAge, type Queue } from "./queue.ts";

export function createFallbackQueue(disk: Queue, memory: Queue): Queue {
	return {
		put: (records, strict) => disk.put(records, strict).catch(() => memory.put(records)),
		async read(owner, countMax) {
			const kept = await memory.read(owner, countMax);
			const stored = await disk.read(owner, countMax).catch(() => []);
			return [...stored, ...kept].sort(byAge).slice(0, countMax);
		},
		async remove(records, change) {
			await memory.remove(records);
			await disk.remove(records, change).catch(() => memory.remove([], change));
		},
		hold: (owner, now) => disk.hold(owner, now).catch(() => memory.hold(owner, now)),
		async release(owner, forget) {
			await memory.release(owner, forget);
			// What cannot be opened holds nothing of ours to let go.
			await disk.release(owner, forget).catch(() => undefined);
		},
	};
}
