import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { chacha20 as library } from "@noble/ciphers/chacha.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sql, SqlRow, SqlValue } from "../../collector/store/ports.ts";
import { chacha20 } from "../../collector/store/sealing/chacha20.ts";
import { KEY_SLOTS_SCHEMA, KeySlots } from "../../collector/store/sealing/key-slots.ts";
import { KEY_BYTES, open, seal } from "../../collector/store/sealing/seal.ts";

const utf8 = new TextEncoder();
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

let folder: string;
let database: DatabaseSync;
let sql: Sql;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "strand-keys-"));
	database = new DatabaseSync(join(folder, "keys.sqlite"));
	database.exec("PRAGMA journal_mode = WAL; PRAGMA page_size = 4096");
	sql = {
		all: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]) =>
			database.prepare(query).all(...(bindings as Uint8Array[])) as unknown as Row[],
		transaction: (work) => work(),
		databaseBytes: 0,
		counters: { rowsRead: 0, rowsWritten: 0 },
	};
	sql.all(KEY_SLOTS_SCHEMA);
});

afterEach(() => {
	if (database.isOpen) database.close();
	rmSync(folder, { recursive: true });
});

/** Every byte of the folder, write-ahead log included. */
function readDisk(): Buffer {
	return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

function storedKeys(): Buffer[] {
	const rows = database.prepare("SELECT body FROM seal_keys ORDER BY id").all() as { body: Uint8Array }[];
	return rows.flatMap(({ body }) =>
		Array.from({ length: body.length / KEY_BYTES }, (_, at) =>
			Buffer.from(body)
				.subarray(at * KEY_BYTES)
				.subarray(0, 32),
		),
	);
}

describe("sealing", () => {
	it("enciphers as RFC 8439 says", () => {
		// Section 2.4.2, with the counter at 1: the first block of key stream is passed over.
		const key = bytesOf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
		const nonce = bytesOf("000000000000004a00000000");
		const text = utf8.encode(
			"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
		);
		const wanted =
			"6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d";
		const padded = new Uint8Array([...new Uint8Array(64), ...text]);
		const enciphered = new Uint8Array(padded.length);
		chacha20(key, nonce, padded, enciphered);
		expect(Buffer.from(enciphered.subarray(64)).toString("hex")).toBe(wanted);
		expect(open(key, new Uint8Array([...nonce, ...enciphered]))).toEqual(padded);
	});

	it("enciphers as a library does, at every length and wherever the bytes lie", () => {
		const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
		const source = crypto.getRandomValues(new Uint8Array(1_000));
		const target = new Uint8Array(1_000);
		for (let length = 0; length <= 700; length++) {
			const [from, to, keyFrom] = [length % 5, (length >> 1) % 5, length % 3];
			const shifted = new Uint8Array(KEY_BYTES + keyFrom);
			shifted.set(key, keyFrom);
			const nonce = source.slice(length, length + 12);
			const [data, out] = [source.subarray(from, from + length), target.subarray(to, to + length)];
			chacha20(shifted.subarray(keyFrom), nonce, data, out);
			const wanted = library(key, nonce, data);
			expect(Buffer.compare(out, wanted), `${length} bytes`).toBe(0);
			out.set(data);
			chacha20(shifted.subarray(keyFrom), nonce, out, out);
			expect(Buffer.compare(out, wanted), `${length} bytes where they lie`).toBe(0);
		}
	});

	it("gives back what was sealed, also of nothing, and never seals alike twice", () => {
		const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
		for (const text of ["", "a", "中文 and more", "x".repeat(100_000)]) {
			const bytes = utf8.encode(text);
			const [one, two] = [seal(key, bytes), seal(key, bytes)];
			expect(open(key, one)).toEqual(bytes);
			expect(open(key, two)).toEqual(bytes);
			expect(one).not.toEqual(two);
		}
	});

	it("draws no nonce twice", () => {
		const key = new Uint8Array(KEY_BYTES);
		const nonces = Array.from({ length: 5_000 }, () => Buffer.from(seal(key, new Uint8Array())).toString("hex"));
		expect(new Set(nonces).size).toBe(5_000);
	});
});

describe("key slots", () => {
	it("keep a key for each slot over lives, and take one without writing", () => {
		const sealed = new Map<number, Uint8Array>();
		const slots = new KeySlots(sql);
		for (const slot of [0, 1, 119, 120, 500]) sealed.set(slot, slots.seal(slot, utf8.encode(`content ${slot}`)));
		const again = new KeySlots(sql);
		for (const [slot, bytes] of sealed) expect(again.open(slot, bytes)).toEqual(utf8.encode(`content ${slot}`));
		expect(slots.open(1, sealed.get(0) as Uint8Array)).not.toEqual(utf8.encode("content 0"));
		const keys = storedKeys()
			.filter((key) => !key.equals(Buffer.alloc(KEY_BYTES)))
			.map((key) => key.toString("hex"));
		expect(new Set(keys).size).toBe(keys.length);
	});

	it("leave nothing of a destroyed key on disk, and its neighbours whole", () => {
		const slots = new KeySlots(sql);
		const texts = Array.from({ length: 2_000 }, (_, slot) => `content ${slot}`);
		const sealed = texts.map((text, slot) => slots.seal(slot, utf8.encode(text)));
		const before = storedKeys();
		const gone = new Set([0, 7, 119, 120, 333, 1_199, 1_999]);
		slots.renew(gone);
		database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
		const kept = new Set(storedKeys().map((key) => key.toString("hex")));
		const destroyed = before.filter((key) => !kept.has(key.toString("hex")));
		expect(destroyed).toHaveLength(gone.size);
		const disk = readDisk();
		for (const key of destroyed) expect(disk.includes(key)).toBe(false);
		const later = new KeySlots(sql);
		for (const [slot, bytes] of sealed.entries()) {
			const isSame = Buffer.from(later.open(slot, bytes)).equals(Buffer.from(texts[slot] as string));
			expect(isSame).toBe(!gone.has(slot));
		}
	});

	it("are given out once each, over lives and failed transactions, and never those that the owner numbers", () => {
		const given: number[] = [];
		for (let life = 0; life < 5; life++) {
			const slots = new KeySlots(sql, 100);
			for (let one = 0; one < 50; one++) given.push(slots.take());
			database.exec("BEGIN");
			for (let one = 0; one < 50; one++) slots.take();
			database.exec("ROLLBACK");
			slots.forget();
			given.push(slots.take());
		}
		expect(new Set(given).size).toBe(given.length);
		expect(Math.min(...given)).toBe(100);
		expect(Math.max(...given)).toBeLessThan(1_000);
	});

	it("seal under the fresh key after a renewal, in the same life and the next", () => {
		const slots = new KeySlots(sql);
		slots.seal(3, utf8.encode("old"));
		slots.renew([3]);
		const sealed = slots.seal(3, utf8.encode("new"));
		expect(slots.open(3, sealed)).toEqual(utf8.encode("new"));
		expect(new KeySlots(sql).open(3, sealed)).toEqual(utf8.encode("new"));
	});

	it("forget what a failed transaction never stored", () => {
		const slots = new KeySlots(sql);
		const sealed = slots.seal(3, utf8.encode("kept"));
		database.exec("BEGIN");
		slots.renew([3]);
		database.exec("ROLLBACK");
		slots.forget();
		expect(slots.open(3, sealed)).toEqual(utf8.encode("kept"));
	});
});
