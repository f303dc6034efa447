/** A request's body, read no further than a limit. */
import { LIMITS } from "../../sdk/wire.ts";
import { type AppContext, Refusal } from "./http.ts";

/** Bytes of a refused body that are still taken in; above, the connection breaks. */
const DRAIN_BYTES_MAX = 16 * 1024 * 1024;

/**
 * What is larger is refused without being held.
 *
 * @param advice what to do about a larger one
 * @throws Refusal 413 `body_too_large`
 */
export async function readBytes(c: AppContext, bytesMax: number, advice = ""): Promise<Uint8Array> {
	const request = c.req.raw;
	const tooLarge = () => new Refusal(413, "body_too_large", `A body holds at most ${bytesMax} bytes${advice}.`);
	if (request.body === null) return new Uint8Array();
	const isTooLong = Number(request.headers.get("content-length") ?? 0) > bytesMax;
	const chunks: Uint8Array[] = [];
	let size = 0;
	const reader = request.body.getReader();
	if (isTooLong) {
		await drain(reader);
		throw tooLarge();
	}
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		size += value.byteLength;
		if (size > bytesMax) {
			await drain(reader);
			throw tooLarge();
		}
		chunks.push(value);
	}
	const [only] = chunks;
	if (chunks.length === 1 && only !== undefined) return only;
	const bytes = new Uint8Array(size);
	let offset = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, offset);
		offset += chunk.byteLength;
	}
	return bytes;
}

/**
 * A JSON object as the body of a call that is no batch.
 *
 * @throws Refusal `body_too_large`, `not_json` or `bad_field`
 */
export async function readObject(c: AppContext): Promise<{ [field: string]: unknown }> {
	const text = new TextDecoder().decode(await readBytes(c, LIMITS.bodyBytesMax));
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch {
		throw new Refusal(400, "not_json", "The body is not JSON.");
	}
	if (body === null || typeof body !== "object" || Array.isArray(body)) {
		throw new Refusal(400, "bad_field", "The body must be a JSON object.");
	}
	return body as { [field: string]: unknown };
}

/** A client that is still writing when the connection closes never reads why: so the rest is read, and not held. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
	for (let size = 0; size < DRAIN_BYTES_MAX; ) {
		const { value, done } = await reader.read();
		if (done) return;
		size += value.byteLength;
	}
	await reader.cancel();
}
