/**
 * The change feed: whatever happens to people (new touches, merges, un-merges, erasures), a copy that
 * follows the feed equals a full export.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, postBatch } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { createRandom } from "../support/random.ts";

interface Row {
	profileId: string;
	gone?: "merged" | "erased" | "empty";
	into?: string;
	[column: string]: unknown;
}
type Copy = Map<string, string[]>;

const TABLES = ["journeys", "touchpoints", "sessions", "profiles", "identities"] as const;
const ROUNDS = 12;
const PEOPLE = 8;
const START = Date.UTC(2026, 2, 1);

let collector: RunningCollector;
beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

async function read(path: string): Promise<{ rows: Row[]; cursor: string; next: string | null }> {
	const response = await fetch(collector.url + path, { headers: authorise(collector.keys.secret) });
	const text = await response.text();
	if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
	const rows = text.split("\n").filter((line) => line !== "");
	return {
		rows: rows.map((line) => JSON.parse(line) as Row),
		cursor: response.headers.get("x-strand-cursor") ?? "",
		next: response.headers.get("x-strand-next"),
	};
}

/** A row as it is compared: the rule of an identity may change while nobody's chain does, of which no feed tells. */
function writeRow(row: Row): string {
	return JSON.stringify({ ...row, rule: undefined });
}

/** What `docs/data.md` tells a warehouse to do with a page of the feed. */
function follow(copy: Copy, rows: readonly Row[]): void {
	for (const { profileId } of rows) copy.delete(profileId);
	for (const row of rows) {
		if (row.gone !== undefined) continue;
		copy.set(row.profileId, [...(copy.get(row.profileId) ?? []), writeRow(row)]);
	}
}

function copyOf(rows: readonly Row[]): Copy {
	const copy: Copy = new Map();
	follow(copy, rows);
	return copy;
}

const send = (events: WireEvent[]) => postBatch(collector.url, collector.keys.secret, events);

describe("the change feed", () => {
	it("keeps a copy equal to the full export over a random history", async () => {
		const random = createRandom(8);
		const pick = (count: number) => Math.floor(random() * count);
		const copies = new Map<string, { copy: Copy; cursor: string }>();
		for (const table of TABLES) {
			const { rows, cursor } = await read(`/v1/${table}`);
			copies.set(table, { copy: copyOf(rows), cursor });
		}
		const gone: Row[] = [];
		for (let round = 0; round < ROUNDS; round++) {
			const events: WireEvent[] = [];
			for (let n = 0; n < 6; n++) {
				const at = new Date(START + pick(20 * 24) * 3600_000 + n).toISOString();
				const messageId = `m-${round}-${n}`;
				const device = `device-${pick(PEOPLE)}`;
				const user = `user-${pick(PEOPLE)}`;
				const event: WireEvent[] = [
					{ type: "page", messageId, anonymousId: device, originalTimestamp: at, properties: { path: `/${n}` } },
					{ type: "identify", messageId, anonymousId: device, userId: user, originalTimestamp: at, traits: { n } },
					{ type: "touch", name: "call_completed", channel: "phone", messageId, userId: user, originalTimestamp: at },
					{ type: "alias", messageId, userId: user, previousId: `user-${pick(PEOPLE)}`, originalTimestamp: at },
					{ type: "unlink", messageId, ids: [{ userId: user }, { anonymousId: device }], originalTimestamp: at },
				];
				const chosen = event[pick(event.length)];
				if (chosen !== undefined) events.push(chosen);
			}
			await send(events);
			if (round % 5 === 4) {
				const { rows } = await read("/v1/profiles");
				const victim = rows[pick(rows.length)];
				if (victim !== undefined) {
					await fetch(`${collector.url}/v1/profiles/${victim.profileId}`, {
						method: "DELETE",
						headers: authorise(collector.keys.secret),
					});
				}
			}
			await settle(collector.url, collector.keys.read);
			for (const table of TABLES) {
				const kept = copies.get(table) as { copy: Copy; cursor: string };
				// The small limit makes the feed hand itself on.
				const limit = round % 2 === 0 ? "" : "&limit=3";
				for (;;) {
					const page = await read(`/v1/${table}?changedSince=${kept.cursor}${limit}`);
					follow(kept.copy, page.rows);
					gone.push(...page.rows.filter((row) => row.gone !== undefined));
					kept.cursor = page.cursor;
					if (page.next === null) break;
				}
				const whole = copyOf((await read(`/v1/${table}`)).rows);
				expect(sorted(kept.copy)).toEqual(sorted(whole));
			}
		}
		expect(gone.some(({ gone: why }) => why === "merged")).toBe(true);
		expect(gone.some(({ gone: why }) => why === "erased")).toBe(true);
	});

	it("stands beside a map of identities that tells the rule of each link", async () => {
		const timestamp = new Date(START).toISOString();
		await send([
			...["account 1", "account 2"].map((userId) => ({ type: "page", messageId: userId, userId, timestamp }) as const),
			{ type: "alias", messageId: "two accounts", userId: "account 1", previousId: "account 2", timestamp },
		]);
		await settle(collector.url, collector.keys.read);
		const { rows } = await read("/v1/identities");
		const linked = rows.filter(({ kind, rule }) => kind === "userId" && rule !== "own");
		expect(linked.length).toBeGreaterThan(0);
		for (const { profileId, kind, hash, rule } of linked) {
			const response = await fetch(`${collector.url}/v1/profiles/${profileId}`, {
				headers: authorise(collector.keys.secret),
			});
			const { links } = (await response.json()) as { links: { rule: string; between: Row[] }[] };
			const own = links.find(({ between }) => between.some((one) => one.kind === kind && one.hash === hash));
			expect(own?.rule).toBe(rule);
		}
	});

	it("says where a merged profile went, and nothing when nothing changed", async () => {
		const at = new Date(START).toISOString();
		await send([{ type: "page", messageId: "before", anonymousId: "lone", originalTimestamp: at }]);
		await settle(collector.url, collector.keys.read);
		const [first] = (await read("/v1/profiles")).rows.filter((row) => JSON.stringify(row).includes('"lone"'));
		const { cursor } = await read("/v1/profiles?limit=1");
		expect((await read(`/v1/profiles?changedSince=${cursor}`)).rows).toEqual([]);
		await send([{ type: "identify", messageId: "after", anonymousId: "lone", userId: "known", originalTimestamp: at }]);
		await settle(collector.url, collector.keys.read);
		const { rows } = await read(`/v1/profiles?changedSince=${cursor}`);
		const stone = rows.find(({ profileId }) => profileId === first?.profileId);
		const heir = rows.find((row) => row.gone === undefined);
		expect(stone).toEqual({ profileId: first?.profileId, gone: "merged", into: heir?.profileId });
		expect(heir?.profileId).not.toBe(first?.profileId);
	});

	it("keeps its columns in CSV", async () => {
		const response = await fetch(`${collector.url}/v1/touchpoints?changedSince=0.0.0.0&format=csv`, {
			headers: authorise(collector.keys.read),
		});
		expect((await response.text()).split("\r\n", 1)[0]).toMatch(/^profileId,.*,gone,into$/);
	});
});

function sorted(copy: Copy): [string, string[]][] {
	return [...copy].sort(([a], [b]) => (a < b ? -1 : 1));
}
