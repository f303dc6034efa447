/**
 * A tab's sending lock: held while its request is under way, so that nobody adopts a tab that is slow
 * rather than dead. Never held longer: a held lock keeps Firefox from using the back/forward cache
 * (https://bugzilla.mozilla.org/show_bug.cgi?id=1661851). Web Locks need a secure context; without them
 * the lease alone decides.
 */

/**
 * Runs `work` under the lock of `tab` and resolves when it is done.
 * @param ifFree do nothing when somebody else holds the lock, instead of waiting for it
 */
export async function withLock(tab: string, ifFree: boolean, work: () => Promise<void>): Promise<void> {
	let begun = false;
	const run = (): Promise<void> => {
		begun = true;
		return work();
	};
	try {
		if (!navigator.locks) return await run();
		await navigator.locks.request(`strand:${tab}`, { ifAvailable: ifFree }, (lock) => (lock ? run() : undefined));
	} catch (error) {
		if (begun) throw error;
		// A sandboxed document has the API and may not use it.
		await run();
	}
}
