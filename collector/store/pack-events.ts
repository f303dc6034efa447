/** Events to and from the body of a log segment, by columns. Everything comes back as it was, to the letter and in the order of its keys. */
import type { LoggedEvent } from "../model.ts";
import { OBJECTS } from "./column-makers.ts";
import { unpackEventsOfForm4 } from "./form-4-events.ts";
import { arePackedColumns, packColumns, unpackColumns } from "./pack-columns.ts";
import { SEGMENT_WORDS } from "./segment-words.ts";

export function packEvents(events: readonly LoggedEvent[]): Uint8Array {
	return packColumns(events, SEGMENT_WORDS);
}

export function unpackEvents(body: Uint8Array): LoggedEvent[] {
	if (!arePackedColumns(body)) return unpackEventsOfForm4(body);
	return unpackColumns(body, SEGMENT_WORDS, OBJECTS) as LoggedEvent[];
}
