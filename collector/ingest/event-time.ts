/**
 * When an event happened: reading times as senders write them, and correcting a wrong clock
 * (`design.md` §3). Transit time must never reorder one device's events, so a clock that is right within a
 * minute is believed as it is.
 */
import { LIMITS } from "../../sdk/wire.ts";
import type { Trust } from "../model.ts";
import { INGEST_LIMITS } from "./limits.ts";

const ISO_8601 =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads one time.
 *
 * @param value ISO 8601 date or date and time (without an offset it is UTC; finer than a millisecond is cut off),
 *   or a number of ms since the epoch from 1e12 up (smaller ones read as seconds: refused, never guessed)
 * @returns ms since the epoch, or null for anything else, days that do not exist included
 */
export function parseTime(value: unknown): number | null {
	if (typeof value === "number") {
		return value >= INGEST_LIMITS.numericTimeMsMin && value <= 8.64e15 ? Math.trunc(value) : null;
	}
	if (typeof value !== "string") return null;
	const parts = ISO_8601.exec(value);
	if (!parts) return null;
	const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = parts;
	const offset = readOffset(zone);
	if (offset === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
	const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
	const date = new Date(midnight);
	// Date.UTC rolls 30 February over to March, and reads the years 0 to 99 as 19xx.
	if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
	if (date.getUTCFullYear() !== Number(year)) return null;
	const ms = Number(fraction.slice(0, 3).padEnd(3, "0"));
	return midnight + ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000 + ms;
}

/** Minutes east of UTC; null where the offset cannot be one. */
function readOffset(zone: string): number | null {
	if (zone === "Z" || zone === "z") return 0;
	const hours = Number(zone.slice(1, 3));
	const minutes = Number(zone.slice(3).replace(":", ""));
	if (hours > 18 || minutes > 59) return null;
	return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

export type EventTime =
	| { ok: true; timestamp: number }
	| {
			ok: false;
			code: "bad_timestamp" | "timestamp_too_old";
			message: string;
			field: "originalTimestamp" | "timestamp";
	  };

/**
 * The corrected time of an event.
 *
 * The sender's time is `originalTimestamp`, or `timestamp` where that is absent; with neither it is
 * `receivedAt`. RudderStack's server clients (`channel: "server"`) write the moment of the call into the former
 * and what their caller says into the latter, so that there `timestamp` wins. If `sentAt` is known and differs from `receivedAt` by more than 60 s, the sender's clock is
 * wrong and the time becomes `receivedAt − (sentAt − sender's time)`. An unreadable `sentAt` counts as absent:
 * it only serves the correction.
 *
 * The corrected time is then judged, so that a clock reset to 1970 is cured and not refused. Before 2000:
 * `bad_timestamp`. With a public key, more than 8 days before `receivedAt`: `timestamp_too_old`; more than
 * one minute after it: set to `receivedAt`. With a server's key, more than a day after it: `bad_timestamp`.
 *
 * @param receivedAt ms since the epoch, our clock
 */
export function correctTime(
	event: {
		readonly originalTimestamp?: unknown;
		readonly timestamp?: unknown;
		readonly sentAt?: unknown;
		readonly channel?: unknown;
	},
	batchSentAt: unknown,
	receivedAt: number,
	trust: Trust,
): EventTime {
	const isCallersTime = event.channel === "server" && isGiven(event.timestamp);
	const field = isGiven(event.originalTimestamp) && !isCallersTime ? "originalTimestamp" : "timestamp";
	const given = event[field];
	if (!isGiven(given)) return { ok: true, timestamp: receivedAt };
	const original = parseTime(given);
	if (original === null) {
		return refuse("bad_timestamp", field, "is no ISO 8601 time and no number of milliseconds since 1970");
	}
	const sentAt = parseTime(event.sentAt) ?? parseTime(batchSentAt);
	const isSkewed = sentAt !== null && Math.abs(receivedAt - sentAt) > LIMITS.clockSkewMsMin;
	const timestamp = isSkewed ? receivedAt - (sentAt - original) : original;

	if (timestamp < INGEST_LIMITS.timestampMsMin) return refuse("bad_timestamp", field, "is before the year 2000");
	if (trust === "server") {
		if (timestamp > receivedAt + INGEST_LIMITS.serverAheadMsMax) {
			return refuse("bad_timestamp", field, "is more than a day in the future");
		}
		return { ok: true, timestamp };
	}
	if (timestamp < receivedAt - LIMITS.publicAgeMsMax) {
		return refuse("timestamp_too_old", field, "is more than 8 days ago: older events need a secret key");
	}
	return { ok: true, timestamp: timestamp > receivedAt + LIMITS.publicAheadMsMax ? receivedAt : timestamp };
}

function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}

function refuse(
	code: "bad_timestamp" | "timestamp_too_old",
	field: "originalTimestamp" | "timestamp",
	reason: string,
): EventTime {
	return { ok: false, code, field, message: `\`${field}\` ${reason}.` };
}
