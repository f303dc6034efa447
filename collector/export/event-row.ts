/** An event as it was logged, for people: what was sent, with our times, and its profile. */
import type { LoggedEvent } from "../model.ts";

/** @param profileId null for statements, and for events that belong to nobody */
export function eventRow(event: LoggedEvent, profileId: string | null): { [field: string]: unknown } {
	const { sent, timestamp, receivedAt, trust, added } = event;
	const { event: name, ...rest } = sent;
	return {
		...rest,
		...(name === undefined ? {} : { name }),
		timestamp: new Date(timestamp).toISOString(),
		receivedAt: new Date(receivedAt).toISOString(),
		trust,
		...(added.bot ? { bot: true } : {}),
		profileId,
	};
}
