/** An event as it was logged, for people: what was sent, with our times, and its profile. */
import type { LoggedEvent } from "../model.ts";

/**
 * @param profileId null for statements, and for events that belong to nobody
 * @param writeTime of our times; what was sent stands as received
 */
export function eventRow(
	event: LoggedEvent,
	profileId: string | null,
	writeTime: (ms: number) => string = isoTime,
): { [field: string]: unknown } {
	const { sent, timestamp, receivedAt, trust, added } = event;
	const { event: name, ...rest } = sent;
	return {
		...rest,
		...(name === undefined ? {} : { name }),
		timestamp: writeTime(timestamp),
		receivedAt: writeTime(receivedAt),
		trust,
		...(added.bot ? { bot: true } : {}),
		profileId,
	};
}

function isoTime(ms: number): string {
	return new Date(ms).toISOString();
}
