/** Keeping a collector: keys made, lost and revoked; a backup taken while events arrive, and restored. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeBlock, encodeBlock, type StoredPiece } from "../../collector/store/profile-shard/piece-block.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const CLI = join(import.meta.dirname, "../../collector/node/cli.ts");
const run = promisify(execFile);

let collector: RunningCollector;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "strand-operation-"));
	collector = await startCollector();
});
afterAll(async () => {
	await collector?.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Runs a command against the collector. @returns what it printed, and its exit code */
async function strand(args: string[], key?: string): Promise<{ out: string; error: string; code: number }> {
	const env = { ...process.env, STRAND_URL: collector.url, STRAND_DATA: collector.dataDir, STRAND_KEY: key ?? "" };
	try {
		const { stdout, stderr } = await run(process.execPath, [CLI, ...args], { env });
		return { out: stdout.trim(), error: stderr, code: 0 };
	} catch (error) {
		const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
		return { out: stdout, error: stderr, code };
	}
}

/** Changes a digit of the last hashes of a path: it is sealed without authentication, so that a bit of it is a bit of the text. */
function bend(sealed: Uint8Array): Uint8Array {
	const bent = sealed.slice();
	bent[bent.length - 6] = (bent.at(-6) ?? 0) ^ 1;
	return bent;
}

/**
 * Changes what is stored of one profile of a collector that stands still, other than `not`.
 * @param edit from a piece to what stands for it then; null: nothing
 * @returns its id
 */
async function damage(
	dataDir: string,
	edit: (piece: StoredPiece) => StoredPiece | null,
	...not: string[]
): Promise<string> {
	const shards = join(dataDir, "objects", "strand-ProfileShard");
	for (const name of (await readdir(shards)).filter((file) => file.endsWith(".sqlite"))) {
		const database = new DatabaseSync(join(shards, name));
		try {
			const tables = database.prepare("SELECT name FROM sqlite_master WHERE name = 'piece_blocks'").all();
			const rows = tables.length === 0 ? [] : database.prepare("SELECT id, body FROM piece_blocks").all();
			const blocks = rows.map(({ id, body }) => ({ id: Number(id), pieces: decodeBlock(body as Uint8Array) }));
			const stored = blocks.flatMap(({ pieces }) => pieces).find(({ profile }) => !not.includes(profile));
			if (stored === undefined) continue;
			for (const { id, pieces } of blocks) {
				const left = pieces.flatMap((piece) => (piece.profile === stored.profile ? (edit(piece) ?? []) : [piece]));
				database.prepare("UPDATE piece_blocks SET body = ? WHERE id = ?").run(encodeBlock(left), id);
			}
			return stored.profile;
		} finally {
			database.close();
		}
	}
	throw new Error("no profile to damage");
}

const statusOf = async (key: string) => (await fetch(`${collector.url}/v1/keys`, { headers: authorise(key) })).status;

describe("strand keys", () => {
	it("makes a server's write key, whose events are trusted, and lists it", async () => {
		const { out: key } = await strand(["keys", "create", "write", "--server", "--name", "shop"], collector.keys.secret);
		expect(key).toMatch(/^wk_main_/);
		const { accepted } = await postBatch(collector.url, key, [{ type: "alias", userId: "u-1", previousId: "u-0" }]);
		expect(accepted).toBe(1);
		const { out } = await strand(["keys"], collector.keys.secret);
		expect(out).toMatch(new RegExp(`write .*${key}  shop  server`));
		expect(out).not.toContain(collector.keys.secret);
	});

	it("makes a new secret key for who lost his, who revokes the lost one with it", async () => {
		const { out: found, error } = await strand(["keys", "recover"]);
		expect(error).toBe("");
		expect(found).toMatch(/^sk_main_/);
		const { out: other } = await strand(["keys", "create", "secret", "--name", "lost"], found);
		expect(await statusOf(other)).toBe(200);
		const row = (await strand(["keys"], found)).out.split("\n").find((line) => line.includes("lost")) ?? "";
		expect((await strand(["keys", "revoke", row.split(" ")[0] ?? ""], found)).code).toBe(0);
		expect(await statusOf(other)).toBe(401);
	});

	it("recovers nothing without the admin token, and nothing of a workspace that is none", async () => {
		const ask = (name: string, key: string) =>
			fetch(`${collector.url}/internal/workspaces/${name}/keys`, { method: "POST", headers: authorise(key) });
		expect((await ask("main", collector.keys.secret)).status).toBe(401);
		const missing = await strand(["keys", "recover", "--workspace", "nowhere"]);
		expect(missing).toMatchObject({ code: 1, error: expect.stringContaining("No such workspace") });
	});

	it.each([[["keys", "create"]], [["keys", "list", "all"]], [["keys", "frobnicate"]], [["backup"]], [["restore"]]])(
		"answers %j with the usage",
		async (args) => {
			expect(await strand(args, collector.keys.secret)).toMatchObject({
				code: 2,
				error: expect.stringContaining("strand"),
			});
		},
	);
});

describe("strand backup and restore", () => {
	it("copies a collector while events arrive: everything answered before is in it, and its chains go on", async () => {
		const { secret, read } = collector.keys;
		const answered: string[] = [];
		let isOver = false;
		const sending = (async () => {
			for (let n = 0; !isOver; n++) {
				const user = `u-${n % 20}`;
				const messageId = `backup-${n}`;
				await postBatch(collector.url, secret, [{ type: "track", event: "Order Completed", userId: user, messageId }]);
				answered.push(messageId);
			}
		})();
		await expect.poll(() => answered.length).toBeGreaterThan(50);
		const before = [...answered];
		const target = join(folder, "copy");
		const made = await strand(["backup", target]);
		expect(made).toMatchObject({ code: 0, out: expect.stringContaining("all whole; the collector stood still for") });
		const at = answered.length;
		await expect.poll(() => answered.length).toBeGreaterThan(at + 5);
		isOver = true;
		await sending;

		const restored = join(folder, "restored");
		expect((await strand(["restore", target, "--data", restored])).code).toBe(0);
		const other = await startCollector({ dataDir: restored });
		try {
			await settle(other.url, read);
			const ids = new Set((await readRows<EventRow>(other.url, read, "/v1/events")).map(({ messageId }) => messageId));
			expect(before.filter((id) => !ids.has(id))).toEqual([]);
			// The restored collector is whole: told the rest, and some again, it comes to the same chains.
			const rest = answered.slice(before.length - 20).map((messageId): WireEvent => {
				const userId = `u-${Number(messageId.slice(7)) % 20}`;
				return { type: "track", event: "Order Completed", userId, messageId };
			});
			while (rest.length > 0) await postBatch(other.url, secret, rest.splice(0, 400));
			await Promise.all([settle(other.url, read), settle(collector.url, read)]);
			const count = async (url: string) =>
				(await readRows<JourneyRow>(url, read, "/v1/journeys"))
					.map(({ profileId, touchpoints }) => [profileId, touchpoints.length])
					.sort();
			expect(await count(other.url)).toEqual(await count(collector.url));
		} finally {
			await other.stop();
		}
	});

	it("refuses to overwrite a copy, or a collector", async () => {
		const target = join(folder, "copy");
		expect(existsSync(target)).toBe(true);
		expect(await strand(["backup", target])).toMatchObject({
			code: 1,
			error: expect.stringContaining("exists already"),
		});
		expect(await strand(["restore", target])).toMatchObject({
			code: 1,
			error: expect.stringContaining("holds a collector"),
		});
		expect(await strand(["restore", folder, "--data", join(folder, "new")])).toMatchObject({
			code: 1,
			error: expect.stringContaining("is no backup"),
		});
	});
});

describe("strand verify", () => {
	const restored = () => join(folder, "restored");

	it("finds a collector right that runs and takes events meanwhile", async () => {
		let isOver = false;
		const sending = (async () => {
			for (let n = 0; !isOver; n++)
				await postBatch(collector.url, collector.keys.secret, [
					{ type: "page", name: "Home", anonymousId: `verify-${n}` },
				]);
		})();
		const checked = await strand(["verify"]);
		isOver = true;
		await sending;
		expect(checked).toMatchObject({ code: 0, error: "" });
		expect(checked.out).toMatch(/^\d{2,} logged events, \d{2,} chains: all stored as they should be\.$/);
		// The copy that it looked at is gone.
		expect(
			(await readdir(dirname(collector.dataDir))).filter((name) =>
				name.startsWith(`${basename(collector.dataDir)}-copy`),
			),
		).toEqual([]);
	});

	it("names what was damaged by hand, and ends with 1", async () => {
		const lost = await damage(restored(), () => null);
		const broken = await damage(restored(), (piece) => ({ ...piece, detail: new Uint8Array(20) }), lost);
		const bent = await damage(restored(), (piece) => ({ ...piece, path: bend(piece.path) }), lost, broken);
		const { error, code, out } = await strand(["verify", "--data", restored()]);
		expect(code).toBe(1);
		expect(error).toContain(`profile ${lost} is missing`);
		expect(error).toContain(`profile ${broken} cannot be read`);
		expect(error).toContain(`profile ${bent} the columns that analyses read differ from the touchpoints`);
		expect(out).toMatch(/ chains: 3 faults\.$/m);
	});

	it("finds nothing where nothing is", async () => {
		const missing = await strand(["verify", "--data", join(folder, "nothing")]);
		expect(missing).toMatchObject({ code: 1, error: expect.stringContaining("holds no collector") });
		const other = await strand(["verify", "--workspace", "nowhere"]);
		expect(other).toMatchObject({ code: 1, error: expect.stringContaining("No such workspace") });
	});
});

describe("strand replay", () => {
	it("logs everything anew over other shard counts: same chains, same keys, same settings", async () => {
		const { secret, read } = collector.keys;
		const put = { method: "PUT", headers: authorise(secret), body: '{"timeZone": "Asia/Shanghai"}' };
		expect((await fetch(`${collector.url}/v1/settings`, put)).status).toBe(200);
		const link = { method: "POST", headers: authorise(secret), body: '{"url": "https://shop.example/tea"}' };
		const shared = (await (await fetch(`${collector.url}/v1/links`, link)).json()) as { code: string };
		const visit = { type: "page", name: "Home", userId: "erased", timestamp: new Date().toISOString() } as const;
		await postBatch(collector.url, secret, [visit]);
		await settle(collector.url, read);
		const find = (url: string) => fetch(`${url}/v1/profiles?userId=erased`, { headers: authorise(read) });
		const { profileId } = (await (await find(collector.url)).json()) as { profileId: string };
		const erase = { method: "DELETE", headers: authorise(secret) };
		expect((await fetch(`${collector.url}/v1/profiles/${profileId}`, erase)).status).toBe(202);
		await settle(collector.url, read);
		const target = join(folder, "wider");
		const shards = ["--stream-shards", "7", "--profile-shards", "3"];
		const made = await strand(["replay", "--to", target, ...shards]);
		expect(made).toMatchObject({
			code: 0,
			error: "",
			out: expect.stringContaining("over 7 stream and 3 profile shards"),
		});
		const other = await startCollector({ dataDir: target });
		try {
			const rows = async (url: string, path: string) =>
				(await readRows(url, read, path)).map((row) => JSON.stringify(row)).sort();
			for (const path of ["/v1/journeys?bots=1", "/v1/events", "/v1/identities"])
				expect(await rows(other.url, path), path).toEqual(await rows(collector.url, path));
			const settings = await (await fetch(`${other.url}/v1/settings`, { headers: authorise(secret) })).json();
			expect(settings).toMatchObject({ streamShards: 7, profileShards: 3, settings: { timeZone: "Asia/Shanghai" } });
			const links = await (await fetch(`${other.url}/v1/links`, { headers: authorise(secret) })).json();
			expect(links).toMatchObject({ links: [{ code: shared.code }] });
			// The tombstone came along: a late copy stays out.
			await postBatch(other.url, secret, [visit, { type: "track", event: "After", userId: "u-1" }]);
			await settle(other.url, read);
			expect((await find(other.url)).status).toBe(404);
			expect(await rows(other.url, "/v1/events")).toContainEqual(expect.stringContaining('"After"'));
		} finally {
			await other.stop();
		}
		expect(await strand(["replay", "--to", target])).toMatchObject({
			code: 1,
			error: expect.stringContaining("holds a collector already"),
		});
	});

	it.each([[["replay"]], [["replay", "--to", "x", "--stream-shards", "0"]], [["verify", "--cloudflare"]]])(
		"answers %j with the usage",
		async (args) => {
			expect(await strand(args)).toMatchObject({ code: 2, error: expect.stringContaining("--data FOLDER") });
		},
	);
});

describe("/metrics", () => {
	const ask = (key: string) => fetch(`${collector.url}/metrics`, { headers: authorise(key) });

	it("counts events for Prometheus, under the secret key alone", async () => {
		const copiesIn = (lines: string[]) =>
			Number(
				lines
					.find((line) => line.startsWith("strand_copies_total{"))
					?.split(" ")
					.at(-1),
			);
		const before = copiesIn((await (await ask(collector.keys.secret)).text()).split("\n"));
		await postBatch(collector.url, collector.keys.secret, [{ type: "track", event: "Measured", userId: "u-m" }]);
		await settle(collector.url, collector.keys.read);
		const answer = await ask(collector.keys.secret);
		expect(answer.headers.get("content-type")).toContain("version=0.0.4");
		const lines = (await answer.text()).trim().split("\n");
		for (const line of lines)
			expect(line).toMatch(/^(# (HELP|TYPE) strand_\w+ .+|strand_\w+\{workspace="main"\} \d+)$/);
		expect(lines).toContain('strand_pending{workspace="main"} 0');
		expect(before).toBeGreaterThan(0);
		expect(copiesIn(lines)).toBe(before + 1);
		expect((await ask(collector.keys.read)).status).toBe(403);
	});
});
