/** The types of a caller's own events, for pages and servers alike. */
import type { JsonObject } from "./wire.ts";

/**
 * Names and properties of your own events, for compile-time checks: `init<{ "Plan Chosen": { plan: string } }>(…)`.
 * A value type of `undefined` is an event without properties.
 */
export type EventMap = { [event: string]: object | undefined };

/** The default map: any name, any JSON. */
export type AnyEvents = { [event: string]: JsonObject | undefined };
