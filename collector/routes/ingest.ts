/**
 * The door for events: `POST /v1/batch` and the single-event calls, in our words and in Segment's.
 * What is answered 200 is durable. Any origin may write unless the key is limited, and nothing here
 * costs a browser a preflight: `text/plain` bodies are read as JSON, and gzip is known by its bytes.
 */
import { Hono } from "hono";
import type { BatchAnswer, EventType } from "../../sdk/wire.ts";
import { LIMITS, SCRIPT_EVENTS } from "../../sdk/wire.ts";
import { cutAt } from "../identity/index.ts";
import { acceptEvents, checkPlan, readBatch, readBody, reportId } from "../ingest/index.ts";
import { addReport, appendEvents, routeEvents } from "../store/client.ts";
import { readRefused } from "../store/erasure.ts";
import { makeTombstone } from "../store/tombstone.ts";
import { type Access, checkAccess, readKey } from "./access.ts";
import { noteRefusal } from "./door-refusals.ts";
import { joinClicks } from "./follow-link.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { renewIdCookie } from "./id-cookie.ts";
import { countRequest, readAddress } from "./rate-limit.ts";
import { readBytes } from "./read-body.ts";

const PATHS: { readonly [path: string]: "batch" | EventType } = {
	batch: "batch",
	b: "batch",
	import: "batch",
	track: "track",
	t: "track",
	page: "page",
	p: "page",
	screen: "screen",
	s: "screen",
	identify: "identify",
	i: "identify",
	group: "group",
	g: "group",
	alias: "alias",
	a: "alias",
	touch: "touch",
};

/** The script's own facts are no part of anybody's tracking plan. */
const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(SCRIPT_EVENTS));

/** Seconds that a sender is asked to wait when a shard's backlog is full. */
const OVERLOAD_RETRY_S = 5;

export const ingest = new Hono<AppEnv>();

for (const [path, what] of Object.entries(PATHS)) {
	ingest.options(`/${path}`, (c) => answerPreflight(c));
	ingest.post(`/${path}`, (c) => take(c, what));
}

/** Answers a browser that asks whether a page may write here: any page may. */
export function answerPreflight(c: AppContext): Response {
	return new Response(null, {
		status: 204,
		headers: {
			"access-control-allow-origin": c.req.header("origin") ?? "*",
			"access-control-allow-methods": "POST",
			"access-control-allow-headers": c.req.header("access-control-request-headers") ?? "content-type, authorization",
			"access-control-max-age": "86400",
			vary: "Origin, Access-Control-Request-Headers",
		},
	});
}

/** Answers must be readable by the page's script, refusals too. */
export function openToPages(c: AppContext): void {
	c.header("access-control-allow-origin", c.req.header("origin") ?? "*");
	c.header("access-control-expose-headers", "Retry-After");
	c.header("vary", "Origin");
	// Who asks for the id cookie sends its own along, and then reads no answer without this. None holds anything private.
	if (c.req.query("cookie") !== undefined) c.header("access-control-allow-credentials", "true");
}

async function take(c: AppContext, path: "batch" | EventType): Promise<Response> {
	openToPages(c);
	const receivedAt = Date.now();
	// A key outside the body is checked before the body costs anything.
	const headerKey = readKey(c.req.header("authorization"));
	const outerKey = headerKey || c.req.query("writeKey");
	const early = outerKey ? await admit(c, outerKey, outerKey === headerKey, receivedAt) : null;
	const body = readBody(await readBytes(c, LIMITS.bodyBytesMax), LIMITS);
	if (!body.ok) throw new Refusal(body.status, body.code, body.message, { field: body.field });
	const batch = readBatch(body.value, path);
	const access = early ?? (await admit(c, (batch.ok && batch.writeKey) || null, false, receivedAt));
	if (!batch.ok) throw new Refusal(batch.status, batch.code, batch.message, { field: batch.field });

	const { cf } = c.req.raw;
	const { accepted, rejected } = acceptEvents(batch.events, {
		receivedAt,
		trust: access.trust,
		sentAt: batch.sentAt,
		context: batch.context,
		userAgent: c.req.header("user-agent"),
		country: typeof cf?.country === "string" ? cf.country : undefined,
		city: typeof cf?.city === "string" ? cf.city : undefined,
		contentFrom: cutAt(receivedAt, access.config.settings.retentionDays),
		bodyBytes: body.bytes,
	});
	accepted.push(...joinClicks(c.env, access.config.workspace, accepted, c.req.header("user-agent") ?? ""));
	const requests = routeEvents(
		access.config,
		accepted.map((event) => makeTombstone(event, access.config)),
		rejected.map(({ rejected: { index, messageId, code, message, field }, bytes }) => ({
			// The shard that would have had it, as far as a broken event tells.
			stream: messageId ?? bytes,
			rejection: {
				at: receivedAt,
				body: JSON.stringify({ index, messageId, code, message, field, bytes }),
				carried: readRefused(batch.events[index], batch.context, receivedAt, access.config),
			},
		})),
		access.key.id,
	);
	if (access.plan !== null) {
		const warnings = checkPlan(accepted, access.plan, OWN_NAMES);
		const [request] = requests.values();
		if (request !== undefined && warnings.length > 0) {
			const events = new Map(accepted.map((event) => [event.sent.messageId, event.sent]));
			request.warnings = warnings.map((warning) => ({
				...warning,
				carried: readRefused(events.get(warning.messageId), undefined, receivedAt, access.config),
			}));
		}
	}
	const { delivery } = batch;
	if (delivery !== undefined) addReport(access.config, requests, delivery, reportId(delivery, batch.events));
	const answer = await appendEvents(c.env, access.config, requests);
	if (answer === "overloaded") {
		throw new Refusal(503, "overloaded", "Events arrive faster than they are folded; send this batch again.", {
			retryAfter: OVERLOAD_RETRY_S,
		});
	}
	if (answer === "storage_full") throw new Refusal(503, "storage_full", "The shard of these events is full.");
	renewIdCookie(c, accepted);
	return c.json<BatchAnswer>({
		success: true,
		accepted: batch.events.length - rejected.length,
		rejected: rejected.map((one) => one.rejected),
		receivedAt: new Date(receivedAt).toISOString(),
	});
}

/** Checks key, origin and rate. @throws Refusal */
export async function admit(c: AppContext, key: string | null, isInHeader: boolean, now: number): Promise<Access> {
	const access = await checkAccess(c, key, "write").catch((error: unknown) => {
		if (error instanceof Refusal && key)
			noteRefusal(c, key, error.code, "The key was revoked, or is no write key.", now);
		throw error;
	});
	if (!isInHeader && access.key.kind !== "write") {
		throw new Refusal(401, "unknown_key", "Only a write key may stand in the address or the body.");
	}
	const origin = c.req.header("origin");
	if (!isOriginAllowed(access, origin)) {
		noteRefusal(c, key ?? "", "origin_not_allowed", "The page's origin is not among those of the key.", now);
		throw new Refusal(403, "origin_not_allowed", "This key may only be used from the origins that it is limited to.");
	}
	if (access.trust === "server") return access;
	const address = readAddress(c.env, (name) => c.req.header(name));
	const retryAfter = countRequest(c.env, access.key.id, address, now);
	if (retryAfter > 0) throw new Refusal(429, "rate_limited", "Too many requests from this address.", { retryAfter });
	return access;
}

function isOriginAllowed({ key }: Access, origin: string | undefined): boolean {
	return key.origins.length === 0 || (origin !== undefined && key.origins.includes(origin.toLowerCase()));
}
