/**
 * Columns of records (column-writer.ts), deflated behind a preset dictionary: `version, length of the raw bytes, those, deflate`.
 *
 * A dictionary is what sample records have in common with those to come. ITS SAMPLES ARE PART OF THE FORMAT, as is how they are
 * written: a change needs another version.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { deflateChunk, inflateChunk } from "./chunk-size.ts";
import type { Maker } from "./column-makers.ts";
import { readColumns } from "./column-reader.ts";
import { writeColumns } from "./column-writer.ts";
import { ByteReader, ByteWriter } from "./compact-bytes.ts";

/** Odd: what was packed before there were columns of bytes begins with an even byte. */
const VERSION = 1;
/** Better than speed: what is packed so is kept for years. */
const LEVEL = 6;

/** A preset dictionary. @param samples lists of records as they are packed together, the commonest last: nearer matches cost fewer bits */
export function makeWords(samples: readonly (readonly object[])[]): Uint8Array {
	const words = new ByteWriter();
	for (const records of samples) words.append(writeColumns(records).said);
	return words.finish().slice();
}

export function packColumns(records: readonly object[], words: Uint8Array): Uint8Array {
	const { raw, said } = writeColumns(records);
	const packed = new ByteWriter();
	packed.byte(VERSION);
	packed.bytes(raw);
	packed.append(deflateRawSync(said, { level: LEVEL, dictionary: words, chunkSize: deflateChunk(said.byteLength) }));
	return packed.finish();
}

export function arePackedColumns(packed: Uint8Array): boolean {
	return packed[0] === VERSION;
}

/** @throws Error on bytes that {@link packColumns} did not make with these words */
export function unpackColumns<Value>(packed: Uint8Array, words: Uint8Array, maker: Maker<Value>): Value[] {
	if (!arePackedColumns(packed)) throw new Error("columns of an unknown version");
	const reader = new ByteReader(packed, 1);
	const raw = reader.part();
	const deflated = reader.rest();
	const said = inflateRawSync(deflated, { dictionary: words, chunkSize: inflateChunk(deflated.byteLength) });
	return readColumns(raw, said, maker);
}
