/** What may be told of a fault of ours, to the process log and to whoever reads the status: nothing that somebody sent. */

/** From the first quotation mark to the last: what an engine quotes in a message may be content, as `JSON.parse` does. */
const QUOTED = /["'`].*["'`]/s;

export function describeError(error: unknown): string {
	if (!(error instanceof Error)) return "something thrown that is no error";
	return `${error.name}: ${error.message.replace(QUOTED, "…")}`;
}
