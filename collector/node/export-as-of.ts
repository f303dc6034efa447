/** A whole table as it was known on a date: the log without what arrived later, computed anew. */

import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createZone } from "../analysis/zone.ts";
import { createRowWriter, TABLES } from "../export/index.ts";
import { type ChainTable, chainRows, type RowFilter } from "../journey/index.ts";
import { replay } from "../store/replay.ts";
import { createAdminDoor } from "./admin-door.ts";
import { partsOf } from "./log-parts.ts";
import { openStore } from "./open-store.ts";

export const AS_OF_TABLES: readonly ChainTable[] = ["journeys", "touchpoints", "sessions", "profiles"];

export interface AsOfExport {
	/** Data folder of a local collector. */
	folder: string;
	workspace: string;
	table: ChainTable;
	/** Ms; what was received later is left out. */
	until: number;
	filter: RowFilter;
	/** Only this profile, by its id on that date. */
	profile: string | null;
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
	const write = createRowWriter(columns, { offsetMs, style: asked.style });
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
			for (const [profileId, chain] of replay(part, whole, { bots: asked.filter.bots }).chains) {
				if (asked.profile !== null && profileId !== asked.profile) continue;
				for (const row of chainRows(profileId, chain, asked.table, asked.filter)) {
					text += `${write(row)}\n`;
					rows++;
				}
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
