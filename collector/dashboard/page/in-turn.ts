/** One at a time, in the order of asking. */

let last: Promise<unknown> = Promise.resolve();

/**
 * Analyses read everything that is stored, and a collector of one's own has one thread for it: asked side by side, all
 * figures of a view would come late together; one after the other, the first comes soon.
 *
 * @param signal work that is given up before its turn is never begun
 * @throws what `work` throws, and the signal's reason
 */
export async function inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
	const before = last;
	const run = async () => {
		await before;
		signal.throwIfAborted();
		return work();
	};
	const done = run();
	last = done.catch(() => {}); // Whoever asked hears of it.
	return done;
}
