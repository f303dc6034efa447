/**
 * `identity.md` clause by clause through the running collector, each clause in a workspace of its own: the last event
 * comes first, one a request. Only rules 1 to 7, which say how an event is read: what they make of it is all that the
 * others see, and `simulator-cases.test.ts` plays those through the store.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWorkspace, type WorkspaceKeys } from "../../collector/node/workspaces.ts";
import { CLAUSES, type Clause } from "../cases/identity-clauses.ts";
import { type EventRow, postBatch, readRows } from "../support/api.ts";
import { isStatement, readIds, readLine, readPeople } from "../support/clause-log.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const AT_ONCE = 8;
const RULES_MAX = 7;

let collector: RunningCollector;
let adminToken: string;

beforeAll(async () => {
	collector = await startCollector();
	({ adminToken } = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")) as { adminToken: string });
});
afterAll(() => collector.stop());

async function play({ events }: Clause, name: string): Promise<{ people: string[][]; unattributed: string[] }> {
	const keys = (await createWorkspace(collector.url, adminToken, {
		workspace: name,
		streamShards: 1,
		profileShards: 1,
	})) as WorkspaceKeys;
	for (const line of events.toReversed()) {
		const { rejected } = await postBatch(collector.url, keys.secret, [readLine(line)]);
		expect(rejected, line).toEqual([]);
	}
	await settle(collector.url, keys.read);
	const rows = await readRows<EventRow>(collector.url, keys.read, "/v1/events");
	const byProfile = Map.groupBy(
		rows.filter((row) => !isStatement(row)),
		({ profileId }) => profileId,
	);
	const ids = (some: EventRow[]) => some.map(({ messageId }) => messageId).sort();
	const unattributed = ids(byProfile.get(null) ?? []);
	byProfile.delete(null);
	return { people: [...byProfile.values()].map(ids).sort(), unattributed };
}

it("holds, an event a request and the last one first", async () => {
	const left = [...CLAUSES.entries()].filter(([, { rule }]) => Number(rule) <= RULES_MAX);
	expect(left.length).toBeGreaterThan(35);
	const faults: unknown[] = [];
	const work = async () => {
		for (let next = left.pop(); next !== undefined; next = left.pop()) {
			const [index, clause] = next;
			const shown = await play(clause, `clause-${index}`);
			const wanted = { people: readPeople(clause.people), unattributed: readIds(clause.unattributed) };
			if (JSON.stringify(shown) !== JSON.stringify(wanted)) faults.push({ ...clause, shown });
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	expect(faults).toEqual([]);
});
