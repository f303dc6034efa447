/**
 * Log segments as form 4 packed them: `length of messageIds, those, packed JSON by columns`. They are read and never written again,
 * so that a log of that form need not be brought over.
 */
import type { LoggedEvent } from "../model.ts";
import { unpack, type Words } from "./codec.ts";
import { ByteReader, UUID_CHARS } from "./compact-bytes.ts";

/** The dictionary of that form. */
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

/** What was left out of an event, by bits. */
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

export function unpackEventsOfForm4(body: Uint8Array): LoggedEvent[] {
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

/** Undefined for a time that no text can say. */
function isoOf(timestamp: number): string | undefined {
	const date = new Date(timestamp);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

// ——— JSON by columns ———

/** What stands at one place in all records that have it. */
interface Column {
	/** Which keys an object here may have, in their order. */
	forms: string[][];
	/** Of the forms' keys, in the order in which they first came. */
	children: Map<string, Column>;
	/** One for each record that has the place; null, and what is missing at the end: as in the record before. */
	entries: Entry[];
	/** How many were read, and what was read last. */
	read: number;
	last: Entry | undefined;
}

/** `[form]`: an object; `[-1, value]`: a value that would be taken for something else; else a value as it is. */
type Entry = string | number | boolean | null | [form: number] | [escaped: -1, value: unknown];
const ESCAPED = -1;

/** A column as it is stored: its entries; behind forms and children, where it holds objects. */
type StoredColumn = Entry[] | { f: string[][]; c: StoredColumn[]; e: Entry[] };

function readColumns(text: string): unknown[] {
	const [count, stored] = JSON.parse(text) as [number, StoredColumn];
	const root = load(stored);
	return Array.from({ length: count }, () => take(root));
}

function load(stored: StoredColumn): Column {
	const column: Column = { forms: [], children: new Map(), entries: [], read: 0, last: undefined };
	if (Array.isArray(stored)) {
		column.entries = stored;
		return column;
	}
	column.entries = stored.e;
	column.forms = stored.f;
	const keys = new Set(stored.f.flat());
	for (const [index, key] of [...keys].entries()) column.children.set(key, load(stored.c[index] as StoredColumn));
	return column;
}

function take(column: Column): unknown {
	const entry = column.entries[column.read++] ?? column.last;
	column.last = entry;
	if (!Array.isArray(entry)) return entry;
	const [form] = entry;
	if (form === ESCAPED) return entry[1];
	const object: { [key: string]: unknown } = {};
	for (const key of column.forms[form] as string[]) {
		const value = take(column.children.get(key) as Column);
		// As JSON.parse does: an own property, whatever it is called.
		if (key === "__proto__")
			Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
		else object[key] = value;
	}
	return object;
}
