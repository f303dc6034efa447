/** The tracking plan of a workspace. It decides nothing about chains, so nothing is folded again for it. */
import type { TrackingPlan } from "../../ingest/index.ts";
import type { Sql } from "../ports.ts";

/** @returns null where none was made */
export function readPlan(sql: Sql): TrackingPlan | null {
	const [row] = sql.all<{ value: string }>("SELECT value FROM meta WHERE key = 'plan'");
	return row === undefined ? null : (JSON.parse(row.value) as TrackingPlan);
}

/** @param plan null takes it away */
export function savePlan(sql: Sql, plan: TrackingPlan | null): void {
	if (plan === null) sql.all("DELETE FROM meta WHERE key = 'plan'");
	else sql.all("INSERT OR REPLACE INTO meta (key, value) VALUES ('plan', ?)", JSON.stringify(plan));
}
