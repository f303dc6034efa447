/** Bytes of a text file → text. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { detectEncoding, type Encoding } from "../../ingest/import/index.ts";
import { TableFault } from "./table.ts";

/** Bytes that are looked at to tell UTF-8 from GB18030. */
const PROBE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

export async function probeEncoding(file: string): Promise<Encoding> {
	const handle = await open(file);
	try {
		const { buffer, bytesRead } = await handle.read(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, 0);
		return detectEncoding(buffer.subarray(0, bytesRead), bytesRead === PROBE_BYTES);
	} finally {
		await handle.close();
	}
}

/** @throws TableFault where the bytes are not of that encoding */
export async function* decodeFile(file: string, encoding: Encoding): AsyncGenerator<string> {
	// Takes a byte order mark away.
	const decoder = new TextDecoder(encoding, { fatal: true });
	try {
		for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
			yield decoder.decode(chunk as Buffer, { stream: true });
		}
		yield decoder.decode();
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		throw new TableFault(`the file is not ${encoding} throughout: say its encoding`);
	}
}
