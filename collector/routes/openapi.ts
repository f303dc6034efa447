/** `GET /openapi.json`: the whole contract, for people's tools. */
import { Hono } from "hono";
import { DATA_TYPES } from "../../sdk/wire.ts";
import { CONTENT_TYPES, TABLES, type TableName } from "../export/index.ts";
import { ANALYSES } from "./analysis-tables.ts";
import type { AppEnv } from "./http.ts";
import { PARAMETERS } from "./openapi-parameters.ts";
import { object, ref, SCHEMAS, type Schema, text } from "./openapi-schemas.ts";

export const openapi = new Hono<AppEnv>();

interface Call {
	key: "read" | "write" | "secret" | null;
	summary: string;
	/** Query parameters. */
	names?: readonly string[];
	body?: { [type: string]: Schema };
	/** Status → answer by content type; null: no body. */
	answers: { [status: string]: { [type: string]: Schema } | null };
}

const json = (schema: Schema) => ({ "application/json": schema });
const jsonOf = (name: string) => json(ref(name));

function exportCall(table: TableName, names: readonly string[]): Call {
	return {
		key: "read",
		summary: `${TABLES[table].row} ${TABLES[table].order}`,
		names,
		answers: {
			200: {
				[CONTENT_TYPES.ndjson]: ref(`${table}Row`),
				[CONTENT_TYPES.csv]: text,
				[CONTENT_TYPES.parquet]: { type: "string", contentEncoding: "binary" },
				"application/json": ref("Count"),
			},
		},
	};
}

const SHAPE = ["format", "csv", "tz", "from", "to", "limit", "cursor"];
const ROWS = [...SHAPE, "profile", "channel", "converted", "bots", "changedSince"];

const PEOPLE = [...ROWS, "stage", "campaign", "path", "pathEnd"];

const takes = (schema: Schema): Pick<Call, "key" | "body" | "answers"> => ({
	key: "write",
	body: { "application/json": schema, "text/plain": schema },
	answers: { 200: jsonOf("BatchAnswer"), 413: jsonOf("Error"), 429: jsonOf("Error"), 503: jsonOf("Error") },
});

const CALLS: { readonly [path: string]: { readonly [method: string]: Call } } = {
	"/v1/batch": { post: { summary: "Up to 500 events; also as /v1/b and /v1/import.", ...takes(ref("Batch")) } },
	...Object.fromEntries(
		[...DATA_TYPES, "alias"].map((type) => [
			`/v1/${type}`,
			{ post: { summary: `One ${type} event; the type is the path.`, ...takes({ type: "object" }) } },
		]),
	),
	"/v1/journeys": { get: exportCall("journeys", PEOPLE) },
	"/v1/touchpoints": { get: exportCall("touchpoints", ROWS) },
	"/v1/sessions": { get: exportCall("sessions", ROWS) },
	"/v1/identities": { get: exportCall("identities", ROWS) },
	"/v1/events": { get: exportCall("events", [...SHAPE, "type"]) },
	"/v1/profiles": {
		get: {
			...exportCall("profiles", PEOPLE),
			summary: "The list; with one identifier (userId=, email=, phone=, anonymousId=, …) that person instead.",
			answers: {
				200: {
					...exportCall("profiles", ROWS).answers["200"],
					"application/json": { anyOf: [ref("Count"), ref("Profile")] },
				},
				301: null,
				404: jsonOf("Error"),
			},
		},
	},
	"/v1/profiles/lookup": {
		post: {
			key: "read",
			summary: "One person by an identifier in the body.",
			body: json({ type: "object" }),
			answers: { 200: jsonOf("Profile"), 301: null, 404: jsonOf("Error") },
		},
	},
	"/v1/profiles/{id}": {
		get: {
			key: "read",
			summary: "One person with the chain and the reason of every link.",
			names: ["bots", "asOf"],
			answers: { 200: jsonOf("Profile"), 301: null, 404: jsonOf("Error"), 422: jsonOf("Error") },
		},
		delete: { key: "secret", summary: "Erases a person.", answers: { 202: jsonOf("Receipt"), 404: jsonOf("Error") } },
	},
	"/v1/profiles/{id}/known": {
		get: {
			key: "read",
			summary: "When something of a person became known: the moments that asOf tells apart, at most 200.",
			answers: { 200: jsonOf("Known"), 404: jsonOf("Error"), 422: jsonOf("Error") },
		},
	},
	"/v1/erasures": {
		get: {
			key: "read",
			summary: "Every erasure: when it was asked for and when it was found done.",
			answers: { 200: jsonOf("Erasures") },
		},
	},
	"/v1/erasures/{receipt}": {
		get: {
			key: "read",
			summary: "Whether an erasure is done.",
			answers: { 200: jsonOf("Erasure"), 404: jsonOf("Error") },
		},
	},
	"/v1/schema": { get: { key: "read", summary: "Columns of every export.", answers: { 200: jsonOf("Schema") } } },
	...Object.fromEntries(
		Object.entries(ANALYSES).map(([name, { names }]) => [
			`/v1/analyses/${name}`,
			{
				get: {
					key: "read",
					summary: `Analysis ${name}.`,
					names: ["format", "csv", "from", "to", "tz", "bots", "profile", "progress", ...names],
					answers: {
						200: { ...jsonOf("Analysis"), [CONTENT_TYPES.csv]: text, [CONTENT_TYPES.ndjson]: ref("AnalysisProgress") },
					},
				} satisfies Call,
			},
		]),
	),
	"/v1/imports": {
		post: {
			key: "secret",
			summary: "A table of contacts made elsewhere, at most 8 MiB.",
			names: ["map", "template", "tz", "currency", "encoding", "dryRun", "skipErrors", "progress"],
			body: { "text/csv": text, "application/x-ndjson": text },
			answers: {
				200: { ...jsonOf("Import"), [CONTENT_TYPES.ndjson]: ref("ImportProgress") },
				413: jsonOf("Error"),
				422: jsonOf("Import"),
			},
		},
	},
	"/v1/status": {
		get: {
			key: "read",
			summary: "Work that is under way, what was delivered, and what is amiss.",
			answers: { 200: jsonOf("Status") },
		},
	},
	"/v1/senders": {
		get: {
			key: "read",
			summary: "Events by day (UTC), key and library, counted at the door; the last 60 days.",
			answers: { 200: jsonOf("Senders") },
		},
	},
	"/v1/rejections": {
		get: { key: "read", summary: "What was refused.", names: ["limit"], answers: { 200: jsonOf("Rejections") } },
	},
	"/v1/keys": {
		get: { key: "secret", summary: "Keys of the workspace.", answers: { 200: jsonOf("Keys") } },
		post: {
			key: "secret",
			summary: "Makes a key.",
			body: json(object({ kind: { enum: ["write", "read", "secret"] } })),
			answers: { 201: jsonOf("NewKey") },
		},
	},
	"/v1/keys/{id}": {
		delete: { key: "secret", summary: "Revokes a key.", answers: { 204: null, 404: jsonOf("Error") } },
	},
	"/v1/settings": {
		get: { key: "read", summary: "Settings of the workspace.", answers: { 200: jsonOf("Settings") } },
		put: {
			key: "secret",
			summary: "Replaces those that are named; history is folded again where they change how it is read.",
			body: json({ type: "object" }),
			answers: { 200: jsonOf("Settings") },
		},
	},
	"/v1/plan": {
		get: { key: "read", summary: "The tracking plan; null where there is none.", answers: { 200: jsonOf("Plan") } },
		put: {
			key: "secret",
			summary: "Replaces the tracking plan. What differs from it is counted, never refused.",
			body: json(ref("NewPlan")),
			answers: { 200: jsonOf("Plan") },
		},
		delete: { key: "secret", summary: "Takes the tracking plan away.", answers: { 204: null } },
	},
	"/v1/plan/warnings": {
		get: {
			key: "read",
			summary: "How events differed from the plan, the commonest first.",
			names: ["days"],
			answers: { 200: jsonOf("PlanWarnings") },
		},
	},
	"/v1/links": {
		get: {
			key: "secret",
			summary: "Share links, by code; `next` is the cursor of the next page.",
			names: ["limit", "cursor"],
			answers: { 200: jsonOf("Links") },
		},
		post: {
			key: "secret",
			summary: "Makes a share link.",
			body: json(ref("NewLink")),
			answers: { 201: jsonOf("Link"), 503: jsonOf("Error") },
		},
	},
	"/v1/links/{code}": {
		get: { key: "secret", summary: "One share link.", answers: { 200: jsonOf("Link"), 404: jsonOf("Error") } },
		delete: {
			key: "secret",
			summary: "Revokes a share link and all that were shared on from it.",
			answers: { 204: null, 404: jsonOf("Error") },
		},
	},
	"/v1/links/{code}/shares": {
		post: {
			key: "write",
			summary: "A visitor shares a link on: the same target in his name; the same answer each time.",
			body: json(object({}, { userId: text, anonymousId: text, writeKey: text })),
			answers: { 200: jsonOf("SharedLink"), 404: jsonOf("Error"), 429: jsonOf("Error"), 503: jsonOf("Error") },
		},
	},
	"/r/{code}": {
		get: {
			key: null,
			summary: "Leads to the page of a share link and logs the click.",
			answers: { 302: null, 404: { "text/html": text }, 410: { "text/html": text } },
		},
	},
	"/r/{code}.svg": {
		get: {
			key: null,
			summary: "The QR code of a share link.",
			names: ["ecc"],
			answers: { 200: { "image/svg+xml": text }, 400: jsonOf("Error"), 404: jsonOf("Error") },
		},
	},
	"/healthz": { get: { key: null, summary: "Whether the collector runs.", answers: { 200: { "text/plain": text } } } },
	"/metrics": {
		get: { key: "secret", summary: "Numbers for Prometheus.", answers: { 200: { "text/plain": text } } },
	},
	"/": { get: { key: null, summary: "The dashboard; its data needs a key.", answers: { 200: { "text/html": text } } } },
	"/openapi.json": { get: { key: null, summary: "This document.", answers: { 200: json({ type: "object" }) } } },
	"/strand.js": { get: { key: null, summary: "The browser script.", answers: { 200: { "text/javascript": text } } } },
};

function describe(path: string, call: Call) {
	const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
		name,
		in: "path",
		required: true,
		schema: text,
	}));
	const inQuery = (call.names ?? []).map((name) => ({
		name,
		in: "query",
		schema: text,
		description: PARAMETERS[name],
	}));
	const refusals = call.key === null ? {} : { 400: jsonOf("Error"), 401: jsonOf("Error"), 403: jsonOf("Error") };
	const contentOf = (types: { [type: string]: Schema }) =>
		Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]));
	return {
		summary: call.summary,
		security: call.key === null ? [] : [{ [call.key]: [] }],
		parameters: [...inPath, ...inQuery],
		...(call.body === undefined ? {} : { requestBody: { required: true, content: contentOf(call.body) } }),
		responses: Object.fromEntries(
			Object.entries({ ...refusals, ...call.answers }).map(([status, types]) => [
				status,
				{
					description: Number(status) < 400 ? call.summary : "Refused.",
					...(types === null ? {} : { content: contentOf(types) }),
				},
			]),
		),
	};
}

const DOCUMENT = {
	openapi: "3.1.0",
	info: {
		title: "Strand collector",
		version: "1",
		description: "Times are ISO 8601 UTC with milliseconds, money integer minor units with an ISO 4217 code.",
	},
	paths: Object.fromEntries(
		Object.entries(CALLS).map(([path, methods]) => [
			path,
			Object.fromEntries(Object.entries(methods).map(([method, call]) => [method, describe(path, call)])),
		]),
	),
	components: {
		schemas: SCHEMAS,
		securitySchemes: Object.fromEntries(
			["write", "read", "secret"].map((kind) => [
				kind,
				{ type: "http", scheme: "bearer", description: `A ${kind} key; a secret key opens everything.` },
			]),
		),
	},
};

openapi.get("/openapi.json", (c) => c.json(DOCUMENT, 200, { "cache-control": "public, max-age=300" }));
