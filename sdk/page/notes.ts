/**
 * What happens to events on their way, for the debug overlay and for `onError`.
 */
import type { Rejected } from "../wire.ts";

/**
 * One step of an event: `queued` with its JSON, `sent` in a request of so many, `answered` with what the
 * collector said of a request (status 0: nothing), `setAside` since it was refused even alone.
 */
export type Note =
	| { kind: "queued"; json: string }
	| { kind: "sent"; count: number }
	| { kind: "answered"; status: number; accepted?: number; rejected?: readonly Rejected[] }
	| { kind: "setAside"; json: string };
