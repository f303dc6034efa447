/** Waits for what a test expects to become true, also in tests that run side by side. */

const POLL_MS = 100;
/** Nobody waits so long where all is well; on a machine that does much else besides, a fixed "surely by then" is none. */
const TIMEOUT_MS = 60_000;
/** For `vi.waitFor`, whose own is a second. */
export const DELIVERY = { timeout: TIMEOUT_MS, interval: 50 };

/** Waits until the clock shows another millisecond: what is done now comes before what is done then. */
export async function nextMillisecond(): Promise<void> {
	const now = Date.now();
	await eventually(() => Date.now() > now, undefined, 1);
}

/**
 * @param isDone   asked again and again; its faults end the wait
 * @param timeoutMs then the wait ends with an error that quotes the condition
 */
export async function eventually(
	isDone: () => boolean | Promise<boolean>,
	timeoutMs = TIMEOUT_MS,
	pollMs = POLL_MS,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!(await isDone())) {
		if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${isDone}`);
		await new Promise((resolve) => setTimeout(resolve, pollMs));
	}
}
