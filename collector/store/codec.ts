/**
 * How things lie in a row.
 *
 * A log row holds one batch's events for one shard: a table of contents and, for each stream, a
 * deflated and sealed segment of its own, so that reading one stream inflates nothing of its neighbours and
 * erasing one rewrites only its segment. A preset dictionary lets even a segment of one event
 * compress well. THE DICTIONARY IS PART OF THE FORMAT: it may never change, only get a successor
 * under a new version byte.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";

const VERSION = 3;

/** A preset dictionary. */
export type Words = Uint8Array;

/** What events have in common, the commonest last (nearer matches cost fewer bits). */
export const EVENT_WORDS: Words = new TextEncoder().encode(
	[
		'"email":"phone":"unionid":"openid":"openidAppId":"externalIds":[{"type":"id":"',
		'"outcome":{"status":"completed"},"durationMs":"participants":[{"role":"staff","ref":"',
		'"type":"touch","channel":"phone","name":"call_completed","direction":"in","online":false,',
		'"event":"Order Completed","properties":{"order_id":"","total":,"revenue":,"currency":"CNY","products":[',
		'"event":"Web Vital","properties":{"metric":"LCP","value":"rating":"good",',
		'"event":"Link Clicked","properties":{"url":"https://","kind":"outbound","text":"',
		'"integrations":{},"_metadata":{},"library":{"name":"analytics.js","version":"',
		'"userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/ Safari/537.36"',
		'"campaign":{"source":"google","medium":"cpc","name":"","term":"","content":""},"clickIds":{"gclid":"',
		'"locale":"en-US","timezone":"America/New_York","locale":"zh-CN","timezone":"Asia/Shanghai","screen":{"width":1920,"height":1080}',
		'"type":"identify","userId":"","traits":{"email":"',
		'"type":"track","event":"Page Engaged","properties":{"viewId":"","rev":1,"engagedMs":,"visibleMs":,"scrollDepth":0.',
		'"context":{"page":{"url":"https://www.","path":"/","title":"","referrer":"https://www.google.com/","search":""},"strand":{"device":"","tab":"","seq":,"version":"0.1.0","viewId":"',
		'"properties":{"url":"https://www.","path":"/","title":"","referrer":""},',
		'"originalTimestamp":"2026-11-22T00:00:00.000Z","timestamp":"2025-01-01T00:00:00.000Z",',
		'{"type":"page","messageId":"019aa000-0000-7000-8000-000000000000","anonymousId":"019aa000-0000-7000-8000-000000000000",',
		'[[17637,0,0,{"deviceFamily":"mobile","browser":"Chrome","os":"Android"},{"type":"page","messageId":"019',
	].join(""),
);

/** The same of a stream's head (stream-shard/head.ts). */
export const HEAD_WORDS: Words = new TextEncoder().encode(
	[
		'"lights":[{"at":{"t":17,"m":"","s":"anonymousId="},"nodes":["email=","phone="],"trust":"server"}],',
		'"carry":{"session":{"sessionId":"","owner":"","startedAt":17,"lastAt":17,"traffic":{"traffic":"Direct","direct":true,"channelRule":{"rule":"","evidence":""}},"entryKey":"","campaignKey":"","views":1,"acted":false,"engagedMs":0},"at":{"t":17,"m":"',
		'"archive":{"pages":1,"to":17,"turn":{"first":{"t":',
		'],"statements":[{"kind":"consent","at":',
		'"answer":{"consents":[],"erasures":[],"linked":false,"timeline":null,"answer":{"owners":{"17\\nanonymousId=\\nuserId=\\n\\n":""},"shared":false,"ignored":[],"aliasClaims":[]}},',
		'"claims":[{"nodes":["userId="],"first":{"t":17,"m":"","s":"anonymousId="},"last":{"t":17,"m":"","s":"anonymousId="},"serverFirst":null}]}],"owners":["',
		'{"stream":"anonymousId=","rules":"1.1","nextWindow":2,"windows":[{"id":1,"first":{"t":17,"m":"019","s":"anonymousId="},"last":{"t":17,"m":"019","s":"anonymousId="},"count":1,"rows":[1],"joined":false,"visits":[{"first":{"t":17,"m":"019","s":"anonymousId="},"last":{"t":17,"m":"019","s":"anonymousId="},"segment":0,"claims":[]}],"owners":["',
		'"],"plan":,"sent":,"carry":null},{"id":',
		'"],"plan":,"sent":,"carry":null}],"archive":null,"recentSpan":{"from":17,"to":17,"hasOthers":false},"buckets":[],"losers":{},"nodes":["anonymousId="],"statements":[],"resets":[],"claimed":0,"answer":null,"duplicates":0,"tabs":[["',
	].join(""),
);

/** Speed before size: level 1 with the dictionary is within a tenth of level 6 on small segments. */
const LEVEL = 1;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** @param words what texts of its kind have in common; it must be unpacked with the same */
export function pack(json: string, words: Words = EVENT_WORDS, level = LEVEL): Uint8Array {
	return deflateRawSync(utf8.encode(json), { level, dictionary: words });
}

export function unpack(bytes: Uint8Array | ArrayBuffer, words: Words = EVENT_WORDS): string {
	const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
	return text.decode(inflateRawSync(view, { dictionary: words }));
}

/** One stream's events of one batch. */
export interface Segment {
	stream: string;
	/** How many events it holds. */
	count: number;
	/** See pack-events.ts; in the log sealed under the stream's key. */
	body: Uint8Array;
	/** Slot of that key; −1 on the way to the log, where it is not sealed yet. */
	slot: number;
}

export const NO_SLOT = -1;

/** Joins segments into a row: version, contents as JSON with its length before it, bodies one after the other. */
export function encodeRow(segments: readonly Segment[]): Uint8Array {
	const contents = utf8.encode(
		JSON.stringify(segments.map(({ stream, count, body, slot }) => [stream, count, body.byteLength, slot])),
	);
	const size = segments.reduce((sum, { body }) => sum + body.byteLength, 5 + contents.byteLength);
	const row = new Uint8Array(size);
	row[0] = VERSION;
	new DataView(row.buffer).setUint32(1, contents.byteLength);
	row.set(contents, 5);
	let offset = 5 + contents.byteLength;
	for (const { body } of segments) {
		row.set(body, offset);
		offset += body.byteLength;
	}
	return row;
}

/** The segments of a row; bodies are views, nothing is inflated. */
export function decodeRow(row: Uint8Array | ArrayBuffer): Segment[] {
	const bytes = row instanceof Uint8Array ? row : new Uint8Array(row);
	if (bytes[0] !== VERSION) throw new Error(`log row of unknown version ${bytes[0]}`);
	const contentsLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
	const contents = JSON.parse(text.decode(bytes.subarray(5, 5 + contentsLength))) as [string, number, number, number][];
	let offset = 5 + contentsLength;
	return contents.map(([stream, count, length, slot]) => {
		const body = bytes.subarray(offset, offset + length);
		offset += length;
		return { stream, count, body, slot };
	});
}
