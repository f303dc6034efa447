/** Reads the event lines of `test/cases/identity-clauses.ts`. */
import { createHash } from "node:crypto";
import type { LoggedEvent } from "../../collector/model.ts";
import { type EventType, type IdentifierRef, STATEMENT_TYPES } from "../../sdk/wire.ts";

const MONTH = "2025-03-";
const FIRST_DAY = 10;
/** What an event of its type needs at the door, and says nothing of identity. */
const NEEDED: { [type: string]: object } = {
	track: { event: "Seen" },
	touch: { channel: "phone", name: "call_completed", direction: "in" },
	group: { groupId: "team" },
};

export type SentEvent = LoggedEvent["sent"] & { timestamp: string };

export function readLine(line: string): SentEvent {
	const [when = "", messageId = "", type = "", ...pairs] = line.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
	const event: { [field: string]: unknown } = {
		...NEEDED[type],
		type: type as EventType,
		messageId,
		timestamp: isoTime(when),
	};
	for (const pair of pairs) {
		const [, key = "", quoted] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
		if (quoted === undefined) throw new Error(`no key=value: ${pair} in ${line}`);
		addField(event, key, quoted.replaceAll('"', ""));
	}
	return event as SentEvent;
}

/** As a server's event whose clock is right. */
export function toLogged(sent: SentEvent): LoggedEvent {
	const timestamp = Date.parse(sent.timestamp);
	return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
}

export function isStatement({ type }: { type: string }): boolean {
	return (STATEMENT_TYPES as readonly string[]).includes(type);
}

/** `m1 m2 | m3` as lists, in one order. */
export function readPeople(people: string): string[][] {
	return people
		.split("|")
		.map(readIds)
		.filter((ids) => ids.length > 0)
		.sort();
}

export function readIds(ids = ""): string[] {
	return ids.split(" ").filter(Boolean).sort();
}

function addField(event: { [field: string]: unknown }, key: string, value: string): void {
	const inside = (field: string) => {
		event[field] ??= {};
		return event[field] as { [field: string]: unknown };
	};
	if (key.startsWith("@")) {
		addField(inside("context"), key.slice(1), value);
		return;
	}
	if (key.startsWith("ext.")) {
		event.externalIds = [...((event.externalIds as object[]) ?? []), { type: key.slice(4), id: value }];
		return;
	}
	switch (key) {
		case "device":
			event.anonymousId = value;
			return;
		case "user":
			event.userId = value;
			return;
		case "was":
			event.previousId = value;
			return;
		case "wasType":
			event.previousIdType = value;
			return;
		case "ids":
			event.ids = value.split(",").map(readRef);
			return;
		case "slice": {
			const [ref = "", from = "", to = ""] = value.split(",");
			event.slices = [
				...((event.slices as object[]) ?? []),
				{ id: readRef(ref), from: isoTime(from), to: isoTime(to) },
			];
			return;
		}
		case "analytics":
		case "stitching":
			inside("traits")[key] = value === "yes";
			return;
		case "mail":
			inside("traits").email = value;
			return;
		case "mailSha":
			inside("traits").emailSha256 = sha256(value);
			return;
		case "phoneSha":
			inside("traits").phoneSha256 = sha256(value);
			return;
		case "app":
			inside("traits").openidAppId = value;
			return;
		case "phone":
		case "unionid":
		case "openid":
			inside("traits")[key] = value;
			return;
		default:
			throw new Error(`no such key: ${key}`);
	}
}

function readRef(text: string): IdentifierRef {
	const [kind = "", id = ""] = text.split(/:(.*)/s);
	const names: { [kind: string]: string } = { user: "userId", device: "anonymousId", mail: "email" };
	return { [names[kind] ?? kind]: id };
}

/** `2/10:00` is ten o'clock of the second day. */
function isoTime(when: string): string {
	const [day, time] = when.includes("/") ? (when.split("/") as [string, string]) : ["1", when];
	const date = `${MONTH}${FIRST_DAY - 1 + Number(day)}T${time}${time.length === 5 ? ":00" : ""}Z`;
	return new Date(date).toISOString();
}

function sha256(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}
