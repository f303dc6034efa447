/**
 * A tab's sending lock: held while its request is under way, so that nobody adopts a tab that is slow
 * rather than dead. Never held longer: a held lock keeps Firefox from using the back/forward cache.
 * Web Locks need a secure context; without them the lease alone decides.
 */

/**
 * Runs `work` under the lock of `tab` and resolves when it is done.
 * @param ifAvailable do nothing when somebody else holds the lock, instead of waiting for it
 */
export async function withLock(tab: string, ifAvailable: boolean, work: () => Promise<unknown>): Promise<void> {
	let begun = false;
	const run = (): Promise<unknown> => {
		begun = true;
		return work();
	};
	try {
		await navigator.locks.request(`strand:${tab}`, { ifAvailable }, (lock) => lock && run());
	} catch (error) {
		if (begun) throw error;
		// No locks here (an insecure context), or forbidden (a sandboxed document).
		await run();
	}
}
