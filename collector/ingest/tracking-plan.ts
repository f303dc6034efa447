/**
 * The tracking plan: what a business means to send. Each event's properties are described by a JSON Schema; what arrives otherwise is
 * counted and shown, and never refused.
 */
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import * as v from "valibot";
import type { LoggedEvent } from "../model.ts";
import { isObject } from "./json-value.ts";

/** Of a plan as JSON text; above: refused. */
export const PLAN_CHARS_MAX = 256 * 1024;
const EVENTS_MAX = 500;
const NAME_CHARS_MAX = 200;
/** Of a property's path or an event's name as warnings show it; what is longer is cut. */
const SHOWN_CHARS_MAX = 100;
/** Different warnings that one event may give; further ones are not counted. */
const EVENT_WARNINGS_MAX = 20;

const planSchema = v.strictObject({
	/** By the name of the `track` or `touch` event: a JSON Schema (2020-12) of its `properties`. */
	events: v.pipe(
		v.custom<object>(isObject, "an object"),
		v.record(
			v.pipe(v.string(), v.minLength(1), v.maxLength(NAME_CHARS_MAX)),
			v.custom<Schema>(isObject, "a JSON Schema"),
		),
		v.check((events) => Object.keys(events).length <= EVENTS_MAX, `at most ${EVENTS_MAX} events`),
	),
	/** Whether an event that the plan does not name is worth a warning. */
	warnUnknown: v.optional(v.boolean(), true),
});

export type TrackingPlan = v.InferOutput<typeof planSchema>;
export type ParsedPlan = { ok: true; value: TrackingPlan } | { ok: false; field: string; message: string };

/** One way in which events differed from the plan. */
export interface PlanWarning {
	event: string;
	/** `unknown_event`, or the keyword of the schema that failed: `required`, `type`, `enum`… */
	problem: string;
	/** Path of the property with `*` for places in lists; "" for the event itself. */
	property: string;
	count: number;
	/** An event that shows it. */
	messageId: string;
}

/** Also tries each schema once, since a wrong one (an unknown `$ref`, a broken `pattern`) throws only then. */
export function parsePlan(json: unknown): ParsedPlan {
	const result = v.safeParse(planSchema, json);
	if (!result.success) {
		const [issue] = result.issues;
		return { ok: false, field: v.getDotPath(issue) ?? "", message: issue.message };
	}
	if (JSON.stringify(result.output).length > PLAN_CHARS_MAX) {
		return { ok: false, field: "events", message: `at most ${PLAN_CHARS_MAX} characters of JSON` };
	}
	for (const [event, schema] of Object.entries(result.output.events)) {
		try {
			checkPatterns(schema);
			new Validator(schema, "2020-12", false).validate({});
		} catch (error) {
			return { ok: false, field: `events.${event}`, message: `no JSON Schema: ${(error as Error).message}` };
		}
	}
	return { ok: true, value: result.output };
}

/** The validator makes a regular expression only when a text meets it. @throws SyntaxError */
function checkPatterns(schema: unknown): void {
	if (Array.isArray(schema)) schema.forEach(checkPatterns);
	if (!isObject(schema)) return;
	if (typeof schema.pattern === "string") new RegExp(schema.pattern, "u");
	if (isObject(schema.patternProperties)) {
		for (const pattern of Object.keys(schema.patternProperties)) new RegExp(pattern, "u");
	}
	Object.values(schema).forEach(checkPatterns);
}

/** The validators of a plan, made once: a plan lives as long as the key that was looked up with it. */
const prepared = new WeakMap<TrackingPlan, Map<string, Validator>>();

/**
 * Compares events with the plan. Only `track` and `touch` have names that a plan can know; the script's own facts are none of its business.
 *
 * @param ownNames names that are never warned about
 * @returns one warning for each difference, counted over all events; empty where all is as planned
 */
export function checkPlan(
	events: readonly LoggedEvent[],
	plan: TrackingPlan,
	ownNames: ReadonlySet<string>,
): PlanWarning[] {
	const warnings = new Map<string, PlanWarning>();
	for (const { sent } of events) {
		const name = sent.type === "track" ? sent.event : sent.type === "touch" ? sent.name : undefined;
		if (name === undefined) continue;
		const validator = validatorOf(plan, name);
		if (validator === undefined && (!plan.warnUnknown || ownNames.has(name))) continue;
		const found =
			validator === undefined
				? [{ problem: "unknown_event", property: "" }]
				: findDifferences(validator, sent.properties ?? {});
		for (const { problem, property } of found.slice(0, EVENT_WARNINGS_MAX)) {
			const event = name.slice(0, SHOWN_CHARS_MAX);
			const key = `${event}\n${problem}\n${property}`;
			const known = warnings.get(key);
			if (known === undefined) warnings.set(key, { event, problem, property, count: 1, messageId: sent.messageId });
			else known.count++;
		}
	}
	return [...warnings.values()];
}

function validatorOf(plan: TrackingPlan, name: string): Validator | undefined {
	let validators = prepared.get(plan);
	if (validators === undefined) {
		validators = new Map(
			Object.entries(plan.events).map(([event, schema]) => [event, new Validator(schema, "2020-12", false)]),
		);
		prepared.set(plan, validators);
	}
	return validators.get(name);
}

/** Keywords that only say that something inside them failed. */
const WRAPPERS = new Set(["properties", "items", "prefixItems", "allOf", "$ref", "additionalProperties"]);

function findDifferences(validator: Validator, properties: unknown): { problem: string; property: string }[] {
	let errors: OutputUnit[];
	try {
		({ errors } = validator.validate(properties));
	} catch {
		// A schema that fails on this value only: the plan is at fault, not the event.
		return [{ problem: "broken_schema", property: "" }];
	}
	const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
	const differences = new Map<string, { problem: string; property: string }>();
	for (const { keyword, instanceLocation, error } of leaves.length > 0 ? leaves : errors) {
		const missing = keyword === "required" ? /property "(.*)"/.exec(error)?.[1] : undefined;
		// A property that may not be there fails the schema `false`.
		const problem = keyword === "false" ? "additionalProperties" : keyword;
		const path = [...instanceLocation.split("/").slice(1), ...(missing === undefined ? [] : [missing])];
		const property = path
			.map((part) => (/^\d+$/.test(part) ? "*" : part))
			.join("/")
			.slice(0, SHOWN_CHARS_MAX);
		differences.set(`${problem}\n${property}`, { problem, property });
	}
	return [...differences.values()];
}
