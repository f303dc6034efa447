/** Waits for what a test expects to become true, also in tests that run side by side. */

const POLL_MS = 100;

/**
 * @param isDone   asked again and again; its faults end the wait
 * @param timeoutMs then the wait ends with an error that quotes the condition
 */
export async function eventually(
	isDone: () => boolean | Promise<boolean>,
	timeoutMs = 20_000,
	pollMs = POLL_MS,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!(await isDone())) {
		if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${isDone}`);
		await new Promise((resolve) => setTimeout(resolve, pollMs));
	}
}
