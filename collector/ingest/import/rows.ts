/**
 * Rows of a table → events. Every fault is told with its row and column; a row is good or it is not, and
 * what becomes of a file with faults is the caller's to decide. The same row gives the same `messageId`,
 * so that importing a file again adds nothing.
 */
import type { ExternalId, JsonObject, WireEvent } from "../../../sdk/wire.ts";
import { hashEvent } from "../message-id.ts";
import { createTimeReader } from "./local-time.ts";
import { type ImportMap, normaliseHeader, type Target } from "./map.ts";

export interface RowFault {
	/** As spreadsheets count: the header is row 1. */
	row: number;
	/** Header; null where the row as a whole is meant. */
	column: string | null;
	message: string;
}

export type ReadRow = { ok: true; event: WireEvent } | { ok: false; faults: RowFault[] };

export interface RowReader {
	/** Headers that nothing is made of. */
	unused: string[];
	/** @param row number of the row, from 2. @returns null for an empty row */
	read(cells: readonly string[], row: number): ReadRow | null;
}

/** Digits after the point of a currency's major unit, where there are not two (ISO 4217). */
const MINOR_DIGITS: { readonly [currency: string]: number } = {
	JPY: 0,
	KRW: 0,
	VND: 0,
	CLP: 0,
	ISK: 0,
	XAF: 0,
	XOF: 0,
	BHD: 3,
	KWD: 3,
	OMR: 3,
	TND: 3,
	JOD: 3,
};
const DURATION_MS: { readonly [unit: string]: number } = { s: 1000, ms: 1, min: 60_000 };
const DIRECTIONS: { readonly [word: string]: "in" | "out" } = {
	in: "in",
	inbound: "in",
	呼入: "in",
	来电: "in",
	out: "out",
	outbound: "out",
	呼出: "out",
	外呼: "out",
	去电: "out",
};
const IDENTIFIERS: ReadonlySet<string> = new Set(["userId", "phone", "email", "unionid", "anonymousId"]);

/**
 * @param isUsable whether an identifier can be brought to its normal form; a phone that cannot would be lost silently
 * @throws RangeError on an unknown time zone, and on headers that give no identifier, no time or one thing twice
 */
export function createRowReader(
	headers: readonly string[],
	map: ImportMap,
	isUsable: (kind: string, value: string) => boolean,
): RowReader {
	const known = new Map(Object.entries(map.columns).map(([header, target]) => [normaliseHeader(header), target]));
	const targets = headers.map((header) => known.get(normaliseHeader(header)) ?? null);
	checkTargets(headers, targets, map);
	const readTime = createTimeReader(map.timeZone, map.dateOrder);
	const filled = targets.flatMap((target, index) => (target === null ? [] : [{ target, index }]));
	const keyed = filled.filter(({ target }) => target === "key" || target === "orderId");
	return {
		unused: headers.filter((_, index) => targets[index] === null),
		read(cells, row) {
			if (cells.every((cell) => cell.trim() === "")) return null;
			const faults: RowFault[] = [];
			const draft = new Draft(map, readTime, isUsable);
			for (const { target, index } of filled) {
				const text = (cells[index] ?? "").trim();
				if (text === "") continue;
				const message = draft.fill(target, text);
				if (message !== null) faults.push({ row, column: headers[index] ?? null, message });
			}
			const missing = draft.findMissing();
			if (faults.length === 0 && missing !== null) faults.push({ row, column: null, message: missing });
			if (faults.length > 0) return { ok: false, faults };
			const hasKey = keyed.length > 0 && keyed.every(({ index }) => (cells[index] ?? "").trim() !== "");
			const key = hasKey ? keyed : filled;
			const parts = key.map(({ target, index }) => [target, (cells[index] ?? "").trim()]);
			const event = draft.finish();
			const about = [map.system, event.type, event.channel ?? "", event.name ?? ""];
			return { ok: true, event: { ...event, messageId: `import-${hashEvent({ about, parts })}` } };
		},
	};
}

function checkTargets(headers: readonly string[], targets: readonly (Target | null)[], map: ImportMap): void {
	const used = targets.filter((target) => target !== null);
	const twice = used.find((target, index) => used.indexOf(target) !== index);
	if (twice !== undefined) throw new RangeError(`two columns fill ${twice}: leave one out of the map`);
	if (!used.some((target) => IDENTIFIERS.has(target) || target.startsWith("ext:"))) {
		throw new RangeError(
			`no column names a customer (headers: ${headers.join(", ")}): map one to phone, email or userId`,
		);
	}
	if (!used.includes("time")) throw new RangeError(`no column is mapped to time (headers: ${headers.join(", ")})`);
	if (map.type === "touch" && map.channel === undefined && !used.includes("channel")) {
		throw new RangeError("say where the contacts happened: channel in the map, or a column of it");
	}
	if (map.type === "touch" && map.name === undefined && !used.includes("name")) {
		throw new RangeError("say what happened: name in the map (for example call_completed), or a column of it");
	}
}

/** One row on its way to an event. */
class Draft {
	private readonly map: ImportMap;
	private readonly readTime: ReturnType<typeof createTimeReader>;
	private readonly isUsable: (kind: string, value: string) => boolean;
	private readonly fields: { [name: string]: unknown } = {};
	private readonly traits: JsonObject = {};
	private readonly externalIds: ExternalId[] = [];
	private amount: string | null = null;
	private currency: string | undefined;
	private isKnown = false;
	private hasTime = false;

	constructor(
		map: ImportMap,
		readTime: ReturnType<typeof createTimeReader>,
		isUsable: (kind: string, value: string) => boolean,
	) {
		this.map = map;
		this.readTime = readTime;
		this.isUsable = isUsable;
		this.currency = map.currency;
	}

	/** @returns what is wrong with the cell; null: nothing */
	fill(target: Target, text: string): string | null {
		if (IDENTIFIERS.has(target)) {
			// What a spreadsheet makes of a long number can no longer be read back.
			if (/^\d+(\.\d+)?E\+\d+$/i.test(text)) return "the spreadsheet cut the number: format the column as text";
			if (!this.isUsable(target, text)) return `not a usable ${target}`;
			this.isKnown = true;
			if (target === "userId" || target === "anonymousId") this.fields[target] = text;
			else this.traits[target] = text;
			return null;
		}
		if (target.startsWith("ext:")) {
			this.isKnown = true;
			this.externalIds.push({ type: target.slice(4), id: text });
			return null;
		}
		if (target.startsWith("traits.")) {
			this.traits[target.slice(7)] = text;
			return null;
		}
		return this.fillField(target, text);
	}

	private fillField(target: Target, text: string): string | null {
		switch (target) {
			case "time": {
				const time = this.readTime(text);
				if (!time.ok) return time.message;
				this.hasTime = true;
				this.fields.originalTimestamp = new Date(time.ms).toISOString();
				return null;
			}
			case "duration": {
				const ms = readDuration(text, this.map.durationUnit);
				if (ms === null) return "not a duration: a number, or a clock such as 1:02:03";
				this.fields.durationMs = ms;
				return null;
			}
			case "direction": {
				const direction = DIRECTIONS[text.toLowerCase()];
				if (direction === undefined) return `not a direction: ${Object.keys(DIRECTIONS).join(", ")}`;
				this.fields.direction = direction;
				return null;
			}
			case "amount":
				this.amount = text;
				return readAmount(text, 2) === null ? "not an amount: use for example 1234.50" : null;
			case "currency":
				if (!/^[A-Za-z]{3}$/.test(text)) return "not a currency code of ISO 4217";
				this.currency = text.toUpperCase();
				return null;
			case "csat":
			case "nps": {
				const max = target === "csat" ? 5 : 10;
				const value = Number(text);
				if (!(value >= 0 && value <= max)) return `not a score up to ${max}`;
				this.fields.score = { metric: target, value, min: target === "csat" ? 1 : 0, max };
				return null;
			}
			case "staff":
				this.fields.participants = [{ role: "staff", ref: text }];
				return null;
			case "outcome":
				this.fields.outcome = { status: text };
				return null;
			case "orderId":
				this.fields.object = { ...(this.fields.object as object | undefined), kind: "order", ref: text };
				return null;
			case "object":
				this.fields.object = { kind: "product", ...(this.fields.object as object | undefined), title: text };
				return null;
			case "key":
				return null;
			default:
				this.fields[target] = text;
				return null;
		}
	}

	findMissing(): string | null {
		if (!this.isKnown) return "the row names no customer";
		if (!this.hasTime) return "the row has no time";
		if (this.amount !== null && this.currency === undefined) {
			return "the amount has no currency: state one (currency), for example CNY";
		}
		return null;
	}

	finish(): WireEvent & { type: "touch" | "identify" } {
		const { type, channel, name, direction } = this.map;
		const defaults = { channel, name, direction };
		const given = Object.entries(defaults).filter(([, value]) => value !== undefined);
		const { amount, currency } = this;
		const minor = amount === null ? null : readAmount(amount, MINOR_DIGITS[currency ?? ""] ?? 2);
		return {
			type,
			...(type === "touch" ? Object.fromEntries(given) : {}),
			...this.fields,
			...(Object.keys(this.traits).length > 0 ? { traits: this.traits } : {}),
			...(this.externalIds.length > 0 ? { externalIds: this.externalIds } : {}),
			...(minor === null ? {} : { value: { amount: minor, currency, kind: "revenue" } }),
		};
	}
}

/** @returns ms */
function readDuration(text: string, unit: string): number | null {
	const clock = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{2})$/.exec(text);
	if (clock !== null) return ((Number(clock[1] ?? 0) * 60 + Number(clock[2])) * 60 + Number(clock[3])) * 1000;
	const chinese = /^(?:(\d+)(?:小时|时))?(?:(\d+)(?:分钟|分))?(?:(\d+)秒)?$/.exec(text);
	if (chinese !== null) {
		const [, hours = 0, minutes = 0, seconds = 0] = chinese;
		return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
	}
	if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) return null;
	return Math.round(Number(text) * (DURATION_MS[unit] ?? 1000));
}

/** @returns minor units, without going through a fraction of two: 19.99 is 1999 */
function readAmount(text: string, digits: number): number | null {
	const plain = text
		.normalize("NFKC")
		.replace(/^[¥$€£]\s*/, "")
		.replace(/,(?=\d{3}(\D|$))/g, "");
	const parts = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/.exec(plain);
	if (parts === null) return null;
	const [, sign, whole = "0", fraction = ""] = parts;
	const minor = Number(whole) * 10 ** digits + Math.round(Number(`0.${fraction || "0"}`) * 10 ** digits);
	return sign === "-" ? -minor : minor;
}
