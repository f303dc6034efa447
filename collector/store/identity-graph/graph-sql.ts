/**
 * The graph's database with its sealing keys. Claims and statements name no person, but they say messageIds, which a sender may
 * have made of anything: what the graph holds of a stream lies under a key of its own, destroyed when any of it goes.
 */
import { HEAD_WORDS, pack, unpack } from "../codec.ts";
import type { StreamClaims } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { forgetOnRollback, KeySlots } from "../sealing/key-slots.ts";

export interface GraphSql extends Sql {
	/** @returns the text sealed under the key of a slot */
	seal(slot: number, text: string): Uint8Array;
	open(slot: number, sealed: ArrayBuffer): string;
	readonly keys: KeySlots;
	/** By stream: its row as the transaction under way will write it, once it is known what the stream is told. */
	readonly drafts: Map<string, DraftRow>;
}

export interface DraftRow {
	slot: number;
	claims: StreamClaims | null;
}

const utf8 = new TextEncoder();
const decoder = new TextDecoder();

/** Text up to this is not packed: its row keeps within its page, and a walk reads many of them. Characters. */
const PLAIN_CHARS_MAX = 900;
/** First byte of what is sealed. */
const PLAIN = 0;
const PACKED = 1;

function toBytes(text: string): Uint8Array {
	const isLong = text.length > PLAIN_CHARS_MAX;
	const content = isLong ? pack(text, HEAD_WORDS) : utf8.encode(text);
	const bytes = new Uint8Array(1 + content.byteLength);
	bytes[0] = isLong ? PACKED : PLAIN;
	bytes.set(content, 1);
	return bytes;
}

/** @param bytes as {@link GraphSql.seal} seals them */
export function textOfSealed(bytes: Uint8Array): string {
	const content = bytes.subarray(1);
	return bytes[0] === PACKED ? unpack(content, HEAD_WORDS) : decoder.decode(content);
}

/** One for each object: see {@link KeySlots}. */
export function createGraphSql(sql: Sql): GraphSql {
	const keys = new KeySlots(sql);
	const drafts = new Map<string, DraftRow>();
	const forget = () => {
		keys.forget();
		drafts.clear();
	};
	return Object.assign(forgetOnRollback(sql, { forget }), {
		keys,
		drafts,
		seal: (slot: number, text: string) => keys.seal(slot, toBytes(text)),
		open: (slot: number, sealed: ArrayBuffer) => textOfSealed(keys.open(slot, sealed)),
	});
}
