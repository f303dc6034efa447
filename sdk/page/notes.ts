/**
 * What happens to events on their way, for the debug overlay and for `onError`.
 */
import type { Rejected } from "../wire.ts";

export type Note =
	| { kind: "queued"; json: string }
	| { kind: "sent"; count: number }
	| { kind: "answered"; status: number; accepted?: number; rejected?: readonly Rejected[] }
	| { kind: "setAside"; json: string };
