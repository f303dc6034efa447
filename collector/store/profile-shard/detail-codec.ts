/**
 * How the column `detail` is packed: deflate with a preset dictionary of its own, each piece ending on a byte
 * and not closed, so that the pieces of a page can be strung together and inflated in one call. A call's
 * fixed cost is twice that of inflating a visit of three touches.
 *
 * `version, length (4 bytes, of the text), deflate`. THE DICTIONARY IS PART OF THE FORMAT, as in `codec.ts`.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";

const VERSION = 1;
const HEAD_BYTES = 5;

/** What lines of touchpoints and the rest of a piece have in common, the commonest last. */
const DICTIONARY = new TextEncoder().encode(
	[
		'"scoreMetric":"nps","scoreValue":,"scoreMin":0,"scoreMax":10,"place":"","text":"","causedBy":"',
		'"traits":[{"key":"name","value":"","t":17,"m":"019"},{"key":"email","value":"@example.com"',
		'"channel":"phone","type":"call_completed","direction":"in","online":false,"automation":"human","effective":true,"evidence":["',
		'"participants":[{"role":"staff","ref":"","name":"',
		'"outcomeStatus":"completed","durationMs":',
		'"channel":"email","type":"email_clicked","direction":"out","online":true,"objectKind":"email","objectRef":"',
		'"channel":"store","type":"store_visited","channel":"wechat","channel":"chat","type":"chat_message_sent"',
		'"channel":"shop","type":"order_completed","direction":"in","online":true,"automation":"human","effective":true,"evidence":["',
		'"objectKind":"order","objectRef":"","valueAmount":,"valueCurrency":"CNY","valueKind":"order","stage":"purchase","conversion":"order_completed"',
		'"objectKind":"product","objectRef":"","objectTitle":"","stage":"consideration"',
		'"type":"form_submitted","type":"link_clicked","objectKind":"outbound","type":"product_viewed","signals":{"',
		'"clickIdKind":"google_ads","clickIdValue":"',
		'"pageReferrer":"https://www.google.com/",',
		'"deviceFamily":"mobile","bot":true,"deviceFamily":"desktop","stage":"awareness","sessionId":"',
		'"traffic":"Direct","channelRule":"direct","channelRuleEvidence":"no source"',
		'"traffic":"Organic Search","source":"google","medium":"organic","channelRule":"referrer","channelRuleEvidence":"www.google.com"',
		'"traffic":"Paid Search","source":"google","medium":"cpc","campaign":"","channelRule":"campaign","channelRuleEvidence":"utm_source=google utm_medium=cpc"',
		'"engagedMs":,"visibleMs":,"scrollDepth":0.',
		'"vouched":[0,1,2],"parts":[],"identities":[{"kind":"userId","value":"","kind":"email","kind":"phone","hash":"","firstAt":17,"messageId":"019',
		'{"profileId":"","viewIds":[null,null],"viewRevs":[0,0,0],"entries":[true,false,false],"parts":[],"identities":[{"kind":"anonymousId","value":"","hash":"","firstAt":17,"messageId":"019aa"}],"traits":[],"events":,"firstAt":17,"lastAt":17}',
		'{"id":"","profileId":"","timestamp":"2026-01-01T00:00:00.000Z","channel":"web","type":"page_viewed","direction":"in","online":true,"automation":"human","effective":false,"evidence":["019aa000-0000-7000-8000-000000000000"],"pageUrl":"https://www.","pagePath":"/","pageTitle":"","deviceFamily":"desktop","stage":"awareness","sessionId":"","direct":false,"traffic":"',
	].join(""),
);
/** The dictionary as a stored block, so that it stands before each piece in one stream of many. */
const PREAMBLE = makeStoredBlock(DICTIONARY);
/** An empty last block closes a stream. */
const END: readonly number[] = [3, 0];

/** Speed before size, as for the log. */
const LEVEL = 1;
/** zlib's Z_SYNC_FLUSH: up to a byte, and not closed. */
const SYNC_FLUSH = 2;
/** Text inflated in one call, bytes. */
const INFLATED_BYTES_MAX = 4 * 1024 * 1024;

function makeStoredBlock(bytes: Uint8Array): Uint8Array {
	const block = new Uint8Array(5 + bytes.byteLength);
	const view = new DataView(block.buffer);
	view.setUint16(1, bytes.byteLength, true);
	view.setUint16(3, ~bytes.byteLength & 0xffff, true);
	block.set(bytes, 5);
	return block;
}

export function packDetail(text: string): Uint8Array {
	const bytes = new TextEncoder().encode(text);
	const body = deflateRawSync(bytes, { level: LEVEL, dictionary: DICTIONARY, finishFlush: SYNC_FLUSH });
	const packed = new Uint8Array(HEAD_BYTES + body.byteLength);
	packed[0] = VERSION;
	new DataView(packed.buffer).setUint32(1, bytes.byteLength);
	packed.set(body, HEAD_BYTES);
	return packed;
}

/** @returns texts as UTF-8, in the order of `stored` */
export function unpackDetails(stored: readonly (ArrayBuffer | Uint8Array)[]): Uint8Array[] {
	const packed = stored.map((one) => (one instanceof Uint8Array ? one : new Uint8Array(one)));
	const texts: Uint8Array[] = [];
	let [from, bytes] = [0, 0];
	for (const [index, one] of packed.entries()) {
		const size = textBytes(one);
		if (index > from && bytes + size > INFLATED_BYTES_MAX) {
			inflateTogether(packed.slice(from, index), texts);
			[from, bytes] = [index, 0];
		}
		bytes += size;
	}
	if (from < packed.length) inflateTogether(packed.slice(from), texts);
	return texts;
}

function textBytes(packed: Uint8Array): number {
	if (packed[0] !== VERSION) throw new Error(`piece of unknown version ${packed[0]}`);
	return new DataView(packed.buffer, packed.byteOffset).getUint32(1);
}

function inflateTogether(packed: readonly Uint8Array[], texts: Uint8Array[]): void {
	const each = PREAMBLE.byteLength - HEAD_BYTES;
	const stream = new Uint8Array(packed.reduce((sum, one) => sum + each + one.byteLength, END.length));
	let at = 0;
	for (const one of packed) {
		stream.set(PREAMBLE, at);
		stream.set(one.subarray(HEAD_BYTES), at + PREAMBLE.byteLength);
		at += each + one.byteLength;
	}
	stream.set(END, at);
	const inflated = inflateRawSync(stream);
	let start = 0;
	for (const one of packed) {
		start += DICTIONARY.byteLength;
		const end = start + textBytes(one);
		texts.push(inflated.subarray(start, end));
		start = end;
	}
	if (start !== inflated.byteLength) throw new Error("a piece is not as long as it says");
}
