/**
 * What a table of contacts made elsewhere says, column by column: the map that a person writes once for
 * a file. Unknown keys and targets are refused, since a misspelt one that does nothing loses data.
 */
import * as v from "valibot";
import { findTemplate, TEMPLATES } from "./templates.ts";

/** What a column may fill. `ext:TYPE` and `traits.KEY` besides. */
export const TARGETS = [
	"time",
	"userId",
	"phone",
	"email",
	"unionid",
	"anonymousId",
	"name",
	"channel",
	"direction",
	"duration",
	"staff",
	"place",
	"text",
	"outcome",
	"amount",
	"currency",
	"orderId",
	"object",
	"source",
	"medium",
	"campaign",
	"csat",
	"nps",
	"key",
] as const;
export type Target = (typeof TARGETS)[number] | `ext:${string}` | `traits.${string}`;

/** Of a number in a duration column; `clock` is 1:02:03 or 02:03, and is read whatever is stated. */
export const DURATION_UNITS = ["s", "ms", "min"] as const;

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(128));
const target = v.custom<Target>(
	(value) =>
		typeof value === "string" &&
		((TARGETS as readonly string[]).includes(value) || /^(ext:|traits\.)[^\s]{1,64}$/.test(value)),
	`one of ${TARGETS.join(", ")}, ext:TYPE or traits.KEY`,
);

const mapSchema = v.strictObject({
	/** Begins with this one's columns; what stands here is added or wins. */
	template: v.optional(v.picklist(Object.keys(TEMPLATES))),
	/** `touch`: a row is a contact. `identify`: a row is a person, with traits. */
	type: v.optional(v.picklist(["touch", "identify"])),
	/** Header → what it fills. */
	columns: v.optional(v.record(text, target), {}),
	/** IANA zone of times that name no offset; without it such times are errors. */
	timeZone: v.optional(text),
	/** Order of day and month in times such as 03/04/2026; without it they are errors. */
	dateOrder: v.optional(v.picklist(["dmy", "mdy"])),
	durationUnit: v.optional(v.picklist(DURATION_UNITS), "s"),
	/** Of every row that does not say it itself. */
	channel: v.optional(text),
	name: v.optional(text),
	direction: v.optional(v.picklist(["in", "out", "internal"])),
	currency: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, "a code of ISO 4217"))),
	/** Parts row keys of files whose rows may be alike, for example the name of the system. */
	system: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(128)), ""),
});

export type ImportMap = Omit<v.InferOutput<typeof mapSchema>, "template" | "type"> & { type: "touch" | "identify" };

export type ParsedMap = { ok: true; map: ImportMap } | { ok: false; field: string; message: string };

/** @param json as written; `{}` is a map that only a template or the headers' own names fill */
export function parseImportMap(json: unknown): ParsedMap {
	const result = v.safeParse(mapSchema, json);
	if (!result.success) {
		const [issue] = result.issues;
		return { ok: false, field: v.getDotPath(issue) ?? "", message: issue.message };
	}
	const { template: name, type, ...own } = result.output;
	const template = findTemplate(name);
	return {
		ok: true,
		map: {
			...template?.map,
			...own,
			type: type ?? template?.map.type ?? "touch",
			columns: { ...template?.columns, ...own.columns },
		},
	};
}

/** Headers are compared without case and outer space, and full-width brackets as plain ones. */
export function normaliseHeader(header: string): string {
	return header.normalize("NFKC").trim().toLowerCase();
}
