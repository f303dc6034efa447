/** The ports (ports.ts) on a real Durable Object. */
import type { Alarm, Sql, SqlRow, SqlValue } from "./ports.ts";

export function createSql(storage: DurableObjectStorage): Sql {
	const counters = { rowsRead: 0, rowsWritten: 0 };
	return {
		all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
			const cursor = storage.sql.exec(query, ...(bindings as (string | number | null | ArrayBuffer)[]));
			const names = cursor.columnNames;
			const rows: Row[] = [];
			// By values: the platform's own rows are put together name by name, which takes half as long again.
			for (const values of cursor.raw()) {
				const row: SqlRow = {};
				for (let i = 0; i < names.length; i++) row[names[i] as string] = values[i] as SqlValue;
				rows.push(row as Row);
			}
			counters.rowsRead += cursor.rowsRead;
			counters.rowsWritten += cursor.rowsWritten;
			return rows;
		},
		transaction: (work) => storage.transactionSync(work),
		get databaseBytes() {
			return storage.sql.databaseSize;
		},
		counters,
	};
}

export interface ObjectAlarm extends Alarm {
	/** The slot is empty again: the alarm has gone off. */
	fired(): void;
}

/** Between the beginnings of two turns of background work in one isolate: what others wait for beside their own is one turn. */
const TURN_GAP_MS = 5;
/** When background work of any object of this isolate last began a turn, ms. They all run on one thread. */
let turnBeganAt = 0;

async function takeTurn(): Promise<void> {
	do await new Promise((resolve) => setTimeout(resolve, 0));
	while (performance.now() - turnBeganAt < TURN_GAP_MS);
	turnBeganAt = performance.now();
}

/** @param sql of the same object: an alarm that is set is billed as a row written, and counted as one */
export function createAlarm(ctx: DurableObjectState, { counters }: Sql): ObjectAlarm {
	let next: number | null = null;
	void ctx.blockConcurrencyWhile(async () => {
		next = await ctx.storage.getAlarm();
	});
	return {
		now: () => Date.now(),
		wakeBy(atMs) {
			if (next !== null && next <= atMs) return;
			next = atMs;
			counters.rowsWritten++;
			// Written with the next commit; a failure to store it breaks the object, which is what the platform wants.
			void ctx.storage.setAlarm(atMs);
		},
		pause: takeTurn,
		elapsed: () => performance.now(),
		fired() {
			next = null;
		},
	};
}
