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
import { deflateChunk, inflateChunk } from "./chunk-size.ts";
import { ByteReader, ByteWriter } from "./compact-bytes.ts";
import { HASH_BYTES, hashFromBytes, hashToBytes } from "./hash-bytes.ts";
import { expand, shorten } from "./shorthand.ts";

const VERSION = 5;
/** The same, but that names and segments lay otherwise; both say themselves how. */
const VERSION_BEFORE = 4;

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

/**
 * `length of ids and times, those (shorthand.ts), deflated text`.
 * @param words what texts of its kind have in common; it must be unpacked with the same
 */
export function pack(json: string, words: Words = EVENT_WORDS, level = LEVEL): Uint8Array {
	const ids = new ByteWriter();
	const short = utf8.encode(shorten(json, ids));
	const packed = new ByteWriter();
	packed.bytes(ids.finish());
	packed.append(deflateRawSync(short, { level, dictionary: words, chunkSize: deflateChunk(short.byteLength) }));
	return packed.finish();
}

export function unpack(packed: Uint8Array, words: Words = EVENT_WORDS): string {
	const reader = new ByteReader(packed);
	const ids = new ByteReader(reader.bytes());
	const deflated = reader.rest();
	const short = inflateRawSync(deflated, { dictionary: words, chunkSize: inflateChunk(deflated.byteLength) });
	return text.decode(expand(short, ids));
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

/** A stream's name begins with this mostly. */
const DEVICE_PREFIX = "anonymousId=";
const NAME_WHOLE = 0;
const NAME_OF_DEVICE = 1;
/** Of a device, whose hash follows in bytes. */
const NAME_OF_HASH = 2;

/** Joins segments into a row: version, what each is, bodies one after the other. */
export function encodeRow(segments: readonly Segment[]): Uint8Array {
	const row = new ByteWriter();
	row.number(VERSION);
	row.number(segments.length);
	for (const { stream, count, body, slot } of segments) {
		const hash = stream.startsWith(DEVICE_PREFIX) ? hashToBytes(stream.slice(DEVICE_PREFIX.length)) : null;
		row.number(hash === null ? NAME_WHOLE : NAME_OF_HASH);
		if (hash === null) row.bytes(utf8.encode(stream));
		else row.append(hash);
		row.number(count);
		row.number(slot);
		row.number(body.byteLength);
	}
	for (const { body } of segments) row.append(body);
	return row.finish();
}

/** The segments of a row; bodies are views, nothing is inflated. */
export function decodeRow(row: Uint8Array | ArrayBuffer): Segment[] {
	const reader = new ByteReader(row instanceof Uint8Array ? row : new Uint8Array(row));
	const version = reader.number();
	if (version !== VERSION && version !== VERSION_BEFORE) throw new Error(`log row of unknown version ${version}`);
	const contents = Array.from({ length: reader.number() }, () => {
		const stream = readName(reader);
		return { stream, count: reader.number(), slot: reader.number(), length: reader.number() };
	});
	return contents.map(({ length, ...segment }) => ({ ...segment, body: reader.take(length) }));
}

function readName(reader: ByteReader): string {
	const kind = reader.number();
	if (kind === NAME_OF_HASH) return DEVICE_PREFIX + hashFromBytes(reader.take(HASH_BYTES));
	return (kind === NAME_OF_DEVICE ? DEVICE_PREFIX : "") + text.decode(reader.bytes());
}
