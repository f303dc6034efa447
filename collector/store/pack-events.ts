/**
 * Events to and from the body of a log segment: `length of messageIds, those, packed columns`.
 *
 * A segment is packed once and kept for years: what its events share is said once (json-columns.ts). Of a UUIDv7 that tells the event's own time, as the script makes them, only
 * the 10 bytes behind the time are kept; a time said before is not said again. Everything comes back as it was, to the
 * letter and in the order of its keys.
 */
import type { LoggedEvent } from "../model.ts";
import { pack, unpack, type Words } from "./codec.ts";
import { ByteReader, ByteWriter, isUuid, timeOfUuid, UUID_CHARS, UUID_TIME_BYTES } from "./compact-bytes.ts";
import { readColumns, writeColumns } from "./json-columns.ts";

/** Better than speed. */
const LEVEL = 6;

/**
 * What columns of events have in common, the commonest last (nearer matches cost fewer bits). IT IS PART OF THE
 * FORMAT: it may never change, only get a successor under a new version of the log's rows (codec.ts).
 */
const COLUMN_WORDS: Words = new TextEncoder().encode(
	[
		'["Web Vital"],["metric","value","rating"],["LCP","INP","CLS"],["good"]["needs-improvement"]["poor"]',
		'"organization","industry","company","groupId",["traits"],["name","email","phone","plan","firstName","lastName"]',
		'[[-1,[{"type":"phone","id":"{"type":"email","id":"{"type":"unionid","id":"{"type":"openid","id":"',
		'["type","channel","name","direction","externalIds","timestamp","properties","durationMs","outcome","participants","messageId","originalTimestamp"]],"c":[["touch"],["phone"],["call_completed"],["in"],["out"],',
		'{"f":[["status"]],"c":[["completed"]],"e":[[0]]},[[-1,[{"role":"staff","ref":"","name":"',
		'["shop","payment","store","wechat","email_clicked","order_paid","order_refunded","store_visited",{"f":[["amount","currency","kind"]],"c":[[',
		'["Product Viewed","Product Added","Checkout Started","Order Completed","Signed Up","Lead Submitted"]',
		'{"f":[["order_id","total","revenue","currency","products"]],"c":[[""],["CNY"],["USD"],["EUR"],[[-1,[{"product_id":"","sku":"","name":"","price":,"quantity":1,"category":""}]]]],"e":[[0]]}',
		'{"f":[["page","userAgent","locale","library","ip","campaign"]],"c":[',
		'["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"],["en-US"],',
		'{"f":[["name","version"]],"c":[["analytics.js"],["analytics-node"],["next-1."],[""]],"e":[[0]]}],"e":[[0]]},{"f":[[]],"c":[],"e":[[0]]},["\x01t"],[0]],"e":[[0]]}',
		'["type","event","messageId","anonymousId","userId","properties","context","integrations","timestamp","originalTimestamp"]],"c":[["track"],["identify"],["page"],',
		'{"f":[["deviceFamily","browser","os","country"]],"c":[["mobile"],["tablet"],["Mobile Safari"],["WeChat"],["Edge"],["Firefox"],["iOS"],["Android"],["macOS"],["Linux"],["CN"],["US"],["DE"]],"e":[[0]]}',
		'["Form Started","Form Submitted","Form Abandoned","File Downloaded"],["form","fields","name","id"],',
		'{"f":[["email","phone"]],"c":[["@gmail.com"]],"e":[[0]]}',
		'["navigate"],["spa"],["reload"],["bfcache"],{"f":[["source","medium","name","term","content"]],"c":[["google"],["cpc"],["newsletter"],["email"],["social"],[""]],"e":[[0]]},',
		'{"f":[["gclid"],["fbclid"],["msclkid"]],"c":[["',
		'"originalTimestamp","messageId","anonymousId","type","userId","traits","context"],["originalTimestamp","messageId","anonymousId","userId","type","event","properties","context"],',
		'["locale","timezone","screen","consent","page","navigation","campaign","clickIds","strand"],',
		'["en-US"],["America/New_York"],["en-GB"],["Europe/London"],["de-DE"],["Europe/Berlin"],{"f":[["width","height","density"]],"c":[[390],[844],[412],[915],[1536],[864],[2560],[1440],[3],[2.625],[1.25],[1]],"e":[[0]]},["essential"],',
		'[10,{"f":[["t","r","s","a","e","m"]],"c":[[17951,1000],[1795,0],[0],{"f":[["deviceFamily","browser","os"]],"c":[["desktop"],["Chrome"],["Windows"]],"e":[[0]]},',
		'{"f":[["originalTimestamp","messageId","anonymousId","type","event","properties","context"],["originalTimestamp","messageId","anonymousId","type","properties","context"],["messageId","anonymousId","type","properties","originalTimestamp","context"],["messageId","anonymousId","type","event","properties","originalTimestamp","context"]],"c":[[0],[0],["\x01v"],["page","track",null,null,"page","track",null,null,"identify"],',
		'{"f":[["url","path","title","referrer"],["url","path","title","referrer","search"],["viewId","engagedMs","visibleMs","scrollDepth","rev"],["url","kind","text"]],"c":[["https://www."],["/"],[""],["https://www.google.com/"],["?utm_source="],["\x01v","\x01v","\x01v"],[1],[60000],[0.25,0.5,0.75,1],[1],["internal"],["outbound"],[""]],"e":[[0],[1],[2],[3],[0],[1]]},',
		'[0],{"f":[["locale","timezone","screen","consent","page","strand"]],"c":[["zh-CN"],["Asia/Shanghai"],{"f":[["width","height","density"]],"c":[[1920],[1080],[2]],"e":[[0]]},["granted"],',
		'{"f":[["url","path","title","referrer"]],"c":[["https://www.x.com/",null,null,null,"https://www."],["/",null,null,null,"/"],["",null,null,null,""],["https://www.google.com/",null,null,null,"https://www."]],"e":[[0]]},',
		'{"f":[["device","tab","seq","version","viewId"]],"c":[["\x011"],["\x01v"],[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20],["0.1.0"],["\x012",null,null,null,"\x013",null,null,null,"\x013"]],"e":[[0]]}],"e":[[0]]},["Page Engaged","Link Clicked",null,"Page Engaged"]],"e":[[0],[1],null,null,[0],[1],null,null,[0],[1]]},[6]],"e":[[0]]}]',
	].join(""),
);

/** What is left out of an event, by bits. */
const UUID_V7 = 1;
/** Fields that say the event's time. */
const SAID_TIMES = [
	["originalTimestamp", 2],
	["timestamp", 4],
] as const;

interface Packed {
	/** Ms since the event before it; the first one's since the epoch. */
	t: number;
	/** Ms: `receivedAt` since that of the event before it; the first one's since its `timestamp`. */
	r: number;
	/** 1: `trust` is `server`. */
	s: 0 | 1;
	a: LoggedEvent["added"];
	/** As sent, but what `m` names. */
	e: { [field: string]: unknown };
	m: number;
}

export function packEvents(events: readonly LoggedEvent[]): Uint8Array {
	const ids = new ByteWriter();
	for (const { sent } of events) if (idTime(sent.messageId) !== null) ids.uuid(sent.messageId, UUID_TIME_BYTES);
	const body = new ByteWriter();
	body.bytes(ids.finish());
	body.append(pack(writeColumns(packRows(events)), COLUMN_WORDS, LEVEL));
	return body.finish();
}

function packRows(events: readonly LoggedEvent[]): Packed[] {
	let before = { timestamp: 0, receivedAt: events[0]?.timestamp ?? 0 };
	return events.map((event) => {
		const { timestamp, receivedAt, trust, added } = event;
		const sent: Packed["e"] = { ...event.sent };
		let marks = 0;
		const time = idTime(event.sent.messageId);
		if (time !== null) {
			marks = UUID_V7;
			sent.messageId = time - timestamp;
		}
		const said = isoOf(timestamp);
		for (const [field, mark] of SAID_TIMES) {
			if (said === undefined || sent[field] !== said) continue;
			marks += mark;
			sent[field] = 0;
		}
		const packed: Packed = {
			t: timestamp - before.timestamp,
			r: receivedAt - before.receivedAt,
			s: trust === "server" ? 1 : 0,
			a: added,
			e: sent,
			m: marks,
		};
		before = { timestamp, receivedAt };
		return packed;
	});
}

export function unpackEvents(body: Uint8Array): LoggedEvent[] {
	const reader = new ByteReader(body);
	const ids = new ByteReader(reader.bytes());
	const rows = readColumns(unpack(reader.rest(), COLUMN_WORDS)) as Packed[];
	const uuid = new Uint8Array(UUID_CHARS);
	let timestamp = 0;
	let receivedAt = rows[0]?.t ?? 0;
	return rows.map(({ t, r, s, a, e, m }) => {
		timestamp += t;
		receivedAt += r;
		if ((m & UUID_V7) !== 0) {
			ids.uuid((e.messageId as number) + timestamp, uuid, 0);
			e.messageId = String.fromCharCode(...uuid);
		}
		for (const [field, mark] of SAID_TIMES) if ((m & mark) !== 0) e[field] = isoOf(timestamp);
		return {
			sent: e as LoggedEvent["sent"],
			timestamp,
			receivedAt,
			trust: s === 1 ? "server" : "public",
			added: a,
		};
	});
}

/** Of a UUIDv7 as every maker writes it, ms; null for any other id. */
function idTime(messageId: string): number | null {
	return isUuid(messageId) ? timeOfUuid(messageId) : null;
}

/** Undefined for a time that no text can say. */
function isoOf(timestamp: number): string | undefined {
	const date = new Date(timestamp);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
