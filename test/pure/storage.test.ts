/** What an event takes on disk, of visits as the script sends them: `npm run bench:ingest storage` measures the same of many more. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createVisits } from "../../bench/visits.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { unpackDetails } from "../../collector/store/profile-shard/detail-codec.ts";
import { DETAIL_WORDS, DETAIL_WORDS_BEFORE } from "../../collector/store/profile-shard/detail-words.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import { Disk } from "../simulator/sqlite.ts";

const EVENTS = 4_000;
const NOW = Date.parse("2026-11-22T00:00:00Z");

function logged(body: string): LoggedEvent[] {
	const { batch } = JSON.parse(body) as { batch: (LoggedEvent["sent"] & { originalTimestamp: string })[] };
	return batch.map((sent) => {
		const timestamp = Date.parse(sent.originalTimestamp);
		const added = { deviceFamily: "desktop", browser: "Chrome", os: "Windows" } as const;
		return { sent, timestamp, receivedAt: NOW, trust: "public", added };
	});
}

/** Bytes of whole pages, by table. */
async function fill(events: number): Promise<Map<string, number>> {
	Disk.forgetUsed();
	const world = createQuietWorld();
	const visits = createVisits(1, NOW);
	const steps: { events: LoggedEvent[] }[] = [];
	for (let left = events; left > 0; ) {
		const visit = visits.next().value as { body: string; events: number };
		steps.push({ events: logged(visit.body) });
		left -= visit.events;
	}
	await world.play(steps);
	const bytes = new Map<string, number>();
	for (const { disk } of world.network.hosts.values()) {
		const tables = disk.all<{ name: string; bytes: number }>(
			"SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name",
			[],
		);
		for (const table of tables) bytes.set(table.name, (bytes.get(table.name) ?? 0) + table.bytes);
	}
	world.close();
	return bytes;
}

describe("an event on disk", () => {
	it("takes few bytes of chains, of the log and of heads, empty room included", async () => {
		const bytes = await fill(EVENTS);
		const each = (table: string) => (bytes.get(table) ?? Number.NaN) / EVENTS;
		// 78, 51 and 19, with room for some pages. Chains were 105.
		expect(each("piece_blocks")).toBeLessThan(84);
		expect(each("log")).toBeLessThan(56);
		expect(each("heads")).toBeLessThan(22);
	}, 240_000);

	it("is read as it was packed when this form was made", () => {
		const names = {
			profile: "AAAAAAAAAAAAAAAAAAAAAA",
			stream: "anonymousId=d1",
			firstAt: 1_767_225_600_000,
			lastAt: 1_767_225_660_000,
		};
		const packed = Buffer.from(
			"BvwCAQQQQQQQQQQQQQQQQQQQQQQogICA4O5mcACAAAAAAAAAAYCg1Q1CMoo8A9CSOQ4foicenIaTFhAAAA==",
			"base64",
		);
		const lines = [
			'{"id":"019b7600-0000-7000-8000-000000000001.1","profileId":"AAAAAAAAAAAAAAAAAAAAAA","timestamp":"2026-01-01T00:00:00.000Z","sessionId":"BBBBBBBBBBBBBBBBBBBBBA"}',
			'{"profileId":"AAAAAAAAAAAAAAAAAAAAAA","firstAt":1767225600000,"lastAt":1767225660000}',
		];
		const [text] = unpackDetails([{ names, packed }]);
		expect(new TextDecoder().decode(text)).toBe(lines.join("\n"));
	});

	it("is packed with words that never change", () => {
		const hashOf = (words: Uint8Array) => createHash("sha256").update(words).digest("hex").slice(0, 16);
		expect(hashOf(DETAIL_WORDS_BEFORE)).toBe("473b433e9a48f3bc");
		expect(hashOf(DETAIL_WORDS)).toBe("e9fa9ce68671797c");
	});
});
