/**
 * The page comes first: whatever the script does inside the page passes through here, so that a fault
 * of ours never becomes an error of the page. After {@link FAULTS_MAX} faults the script gives up.
 */

/** At so many internal errors the script ends for the life of the page. */
export const FAULTS_MAX = 3;

/** Keeps faults from the page. */
export interface Guard {
	/**
	 * Wraps `fn` so that it never throws, and so that what it promises never rejects: `undefined` comes instead, and
	 * once the script has ended always.
	 */
	<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R | undefined;
	/** From now on every guarded function does nothing. */
	end(): void;
}

/**
 * @param onFault told of every internal error
 * @param onStop  called once, with the last error, when the script gives up
 */
export function createGuard(onFault: (error: unknown) => void, onStop: (error: unknown) => void): Guard {
	let faults = 0;
	const fault = (error: unknown): undefined => {
		try {
			onFault(error);
			if (++faults === FAULTS_MAX) onStop(error);
		} catch {
			// The page's own error handler threw, or the last report could not be made: nobody is left to tell.
		}
	};
	const guard = (<A extends unknown[], R>(fn: (...args: A) => R) =>
		(...args: A): R | undefined => {
			if (faults >= FAULTS_MAX) return undefined;
			try {
				const result = fn(...args);
				return result instanceof Promise ? (result.catch(fault) as R) : result;
			} catch (error) {
				return fault(error);
			}
		}) as Guard;
	guard.end = () => {
		faults = FAULTS_MAX;
	};
	return guard;
}
