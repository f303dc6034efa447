/** What lies on the disk of a local collector, read past it: raw bytes of its databases, and sealed content with the keys that open it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { decodeRow, HEAD_WORDS, unpack } from "../../collector/store/codec.ts";
import { textOfSealed } from "../../collector/store/identity-graph/graph-sql.ts";
import { unpackEvents } from "../../collector/store/pack-events.ts";
import { unpackDetails } from "../../collector/store/profile-shard/detail-codec.ts";
import { decodeBlock } from "../../collector/store/profile-shard/piece-block.ts";
import { KEY_BYTES, open, openSecondInPlace } from "../../collector/store/sealing/seal.ts";
import { unpackHead } from "../../collector/store/stream-shard/head-store.ts";

/** Keys in a block of `seal_keys`; the block before the first holds none. */
const BLOCK_KEYS = 120;
/** Of the key that ids beside warnings of the tracking plan lie under. */
const WARNINGS_SLOT = 128;
/** Bytes of a head before its packed JSON: the length of the hashes, then those. */
const HEAD_PREFIX_BYTES = 4;

export interface SealedBlob {
	/** For example `pieces.detail`. */
	where: string;
	key: Buffer;
	sealed: Uint8Array;
	/** What is sealed, as text. */
	text: string;
}

/** Files of a collector's objects: databases and write-ahead logs. */
export function filesOf(dataDir: string): string[] {
	return readdirSync(join(dataDir, "objects"), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
}

/** Names of files that hold any of the byte strings. */
export function filesWith(dataDir: string, needles: readonly (string | Buffer)[]): string[] {
	return filesOf(dataDir).filter((file) => {
		const bytes = readIfThere(file);
		return needles.some((needle) => bytes.includes(needle));
	});
}

/** A write-ahead log goes when its object falls asleep, be it between the listing and the reading. */
function readIfThere(file: string): Buffer {
	try {
		return readFileSync(file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		return Buffer.alloc(0);
	}
}

function eachDatabase(dataDir: string, read: (database: DatabaseSync) => void): void {
	for (const file of filesOf(dataDir).filter((name) => name.endsWith(".sqlite"))) {
		const database = new DatabaseSync(file);
		try {
			if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'seal_keys'").get() !== undefined) read(database);
		} finally {
			database.close();
		}
	}
}

function keysIn(database: DatabaseSync): Buffer[] {
	const blocks = database.prepare("SELECT body FROM seal_keys WHERE id > 0 ORDER BY id").all() as {
		body: Uint8Array;
	}[];
	return blocks.flatMap(({ body }) =>
		Array.from({ length: BLOCK_KEYS }, (_, slot) => Buffer.from(body.slice(slot * KEY_BYTES, (slot + 1) * KEY_BYTES))),
	);
}

/** Every key that is still there. @param copy a copy of a data folder: reading would change it */
export function readKeys(copy: string): Buffer[] {
	const keys: Buffer[] = [];
	eachDatabase(copy, (database) => void keys.push(...keysIn(database)));
	return keys;
}

/** All that is sealed in live rows, opened. @param copy a copy of a data folder */
export function readSealed(copy: string): SealedBlob[] {
	const blobs: SealedBlob[] = [];
	eachDatabase(copy, (database) => {
		const keys = keysIn(database);
		const add = (where: string, slot: number, sealed: Uint8Array, textOf: (opened: Uint8Array) => string): void => {
			const key = keys[slot] as Buffer;
			blobs.push({ where, key, sealed, text: textOf(open(key, sealed)) });
		};
		const rows = <Row>(table: string): Row[] =>
			database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table) === undefined
				? []
				: (database.prepare(`SELECT * FROM ${table}`).all() as Row[]);
		for (const { body } of rows<{ body: Uint8Array }>("log")) {
			for (const { slot, body: sealed } of decodeRow(body))
				add("log", slot, sealed, (opened) => JSON.stringify(unpackEvents(opened)));
		}
		for (const { slot, body } of rows<{ slot: number; body: Uint8Array }>("heads"))
			add("heads", slot, body, textOfHead);
		for (const { slot, body } of rows<{ slot: number; body: Uint8Array }>("head_pages"))
			add("heads", slot, body, textOfPage);
		for (const { id, body } of rows<{ id: number; body: Uint8Array }>("rejections")) {
			add("rejections", Math.floor(id / 100) % 128, body, textOfPacked);
		}
		for (const { message_id: shown } of rows<{ message_id: Uint8Array | null }>("plan_warnings")) {
			if (shown !== null) add("plan_warnings", WARNINGS_SLOT, shown, textOfPlain);
		}
		for (const { slot, claims } of rows<{ slot: number; claims: Uint8Array | null }>("streams")) {
			if (claims !== null) add("graph.claims", slot, claims, textOfSealed);
		}
		for (const { slot, body } of rows<{ slot: number; body: Uint8Array }>("statements")) {
			add("graph.statements", slot, body, textOfSealed);
		}
		for (const { body } of rows<{ body: Uint8Array }>("piece_blocks")) {
			for (const piece of decodeBlock(body)) {
				const { slot, path, detail } = piece;
				add("pieces.path", slot, path, textOfPath);
				const key = keys[slot] as Buffer;
				const packed = openSecondInPlace(key, path, detail.slice());
				const text = new TextDecoder().decode(unpackDetails([{ names: piece, packed }])[0]);
				blobs.push({ where: "pieces.detail", key, sealed: detail, text });
			}
		}
	});
	return blobs;
}

function textOfHead(opened: Uint8Array): string {
	const hashes = new DataView(opened.buffer, opened.byteOffset).getUint32(0);
	return JSON.stringify(unpackHead(opened.subarray(HEAD_PREFIX_BYTES + hashes)));
}

function textOfPage(opened: Uint8Array): string {
	return unpack(opened, HEAD_WORDS);
}

function textOfPlain(opened: Uint8Array): string {
	return new TextDecoder().decode(opened);
}

function textOfPacked(opened: Uint8Array): string {
	return unpack(opened);
}

function textOfPath(opened: Uint8Array): string {
	return opened[0] === 1 ? unpack(opened.subarray(1)) : new TextDecoder().decode(opened.subarray(1));
}

export function copyFolder(dataDir: string, to: string): string {
	for (const file of filesOf(dataDir)) {
		const copy = join(to, relative(dataDir, file));
		mkdirSync(dirname(copy), { recursive: true });
		writeFileSync(copy, readIfThere(file));
	}
	return to;
}
