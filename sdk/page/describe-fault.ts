/** The script's last word, when it gives up after faults of its own. */
import { SCRIPT_EVENTS, type WireEvent } from "../wire.ts";

/** Name and place only: a message may quote what the visitor typed. */
export function describeFault(error: unknown): WireEvent {
	const { name, stack = "" } = error as Error;
	const properties = { error: name, place: /:\d+:\d+/.exec(stack)?.[0] || "" };
	return { type: "track", event: SCRIPT_EVENTS.scriptStopped, properties };
}
