/** A whole table as it was known on a date: the log without what arrived later, computed anew. */

import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createZone } from "../analysis/zone.ts";
import { createRowWriter, createTimeWriter, eventRow, TABLES, type TableName } from "../export/index.ts";
import { DEVICE_KIND, isKept, linkRulesOf } from "../identity/index.ts";
import { chainRows, identityRows, type RowFilter, selectChain } from "../journey/index.ts";
import type { LoggedEvent } from "../model.ts";
import { type Replay, replay } from "../store/replay.ts";
import { createAdminDoor } from "./admin-door.ts";
import { partsOf } from "./log-parts.ts";
import { openStore } from "./open-store.ts";

export interface AsOfExport {
	/** Data folder of a local collector. */
	folder: string;
	workspace: string;
	table: TableName;
	/** Ms; what was received later is left out. */
	until: number;
	filter: RowFilter;
	/** Only this profile, by its id on that date. */
	profile: string | null;
	/** Only events of this type; of the table of events. */
	type: string | null;
	/** IANA name; null: UTC. */
	zone: string | null;
	/** `plain` for spreadsheets: see `TimeStyle`. */
	style: "iso" | "plain";
	/** Gets the rows as NDJSON. */
	file: string;
	onProgress(events: number): void;
}

/**
 * @returns rows written; a person's stand together, people in no particular order
 * @throws Error where the folder holds no collector
 */
export async function writeAsOf(asked: AsOfExport): Promise<number> {
	if (!existsSync(join(asked.folder, "admin.json"))) throw new Error(`${asked.folder} holds no collector`);
	const columns = TABLES[asked.table].columns.map(({ name, source, type }) => ({
		name,
		source,
		isTime: type === "time",
	}));
	const offsetMs = asked.zone === null ? null : createZone(asked.zone).offsetMs;
	const writeRow = createRowWriter(columns, { offsetMs, style: asked.style });
	// Events are told as they were logged, whatever else they carry.
	const write = asked.table === "events" ? (row: Row) => JSON.stringify(row) : writeRow;
	const told = new Set<string>();
	const store = await openStore(asked.folder);
	try {
		const door = createAdminDoor(store.origin, store.admin.adminToken, asked.workspace);
		const { config } = await door.read();
		const whole = { ...config, secret: `${store.admin.workspaceSecret}\n${asked.workspace}` };
		const readLog = async function* () {
			for await (const event of door.log(config.streamShards)) if (event.receivedAt <= asked.until) yield event;
		};
		writeFileSync(asked.file, "");
		let [rows, events] = [0, 0];
		for await (const part of partsOf(readLog, whole, store.path)) {
			let text = "";
			for (const row of rowsOf(replay(part, whole, { bots: asked.filter.bots }), asked, told)) {
				text += `${write(row)}\n`;
				rows++;
			}
			appendFileSync(asked.file, text);
			events += part.length;
			asked.onProgress(events);
		}
		return rows;
	} finally {
		await store.close();
	}
}

type Row = { readonly [field: string]: unknown };

/** @param told erasures that another part has told already: each part has them all */
function* rowsOf(then: Replay, asked: AsOfExport, told: Set<string>): Generator<Row> {
	const { table, filter, profile } = asked;
	const isWanted = (id: string | null) => profile === null || id === profile;
	if (table === "events") {
		const offsetMs = asked.zone === null ? null : createZone(asked.zone).offsetMs;
		const writeTime = createTimeWriter({ offsetMs, style: asked.style });
		for (const { event, owner } of eventsOf(then)) {
			const { type, messageId } = event.sent;
			if (!isWanted(owner) || !isInside(event, filter) || (asked.type ?? type) !== type) continue;
			if (type === "erase" && told.has(messageId)) continue;
			if (type === "erase") told.add(messageId);
			yield eventRow(event, owner, writeTime);
		}
		return;
	}
	const rulesOf = table === "identities" ? linkRulesOf(then.resolution.clusters) : null;
	for (const [profileId, chain] of then.chains) {
		if (!isWanted(profileId)) continue;
		if (table !== "identities") {
			yield* chainRows(profileId, chain, table, filter);
		} else if (selectChain(chain, filter) !== null) {
			const rules = rulesOf?.get(profileId) ?? {};
			for (const row of identityRows(profileId, then.pieces.get(profileId) ?? [])) {
				yield { ...row, rule: rules[`${row.kind}=${row.hash}`] ?? (row.kind === DEVICE_KIND ? "device" : "own") };
			}
		}
	}
}

function* eventsOf({ resolution }: Replay): Generator<{ event: LoggedEvent; owner: string | null }> {
	for (const { event, profileId } of resolution.placed) if (!isKept(event)) yield { event, owner: profileId };
	for (const { event } of [...resolution.unattributed, ...resolution.told]) {
		if (!isKept(event)) yield { event, owner: null };
	}
}

function isInside({ timestamp }: LoggedEvent, { from = -Infinity, to = Infinity }: RowFilter): boolean {
	return timestamp >= from && timestamp < to;
}
