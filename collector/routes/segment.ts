/**
 * What other vendors' clients ask for before they send: Segment's project settings and RudderStack's source
 * configuration. Both are told that there are no further destinations and that their own telemetry is
 * off, so that a client pointed here talks to nobody else. Events themselves come in by `ingest.ts`.
 */
import { Hono } from "hono";
import { checkAccess, readKey } from "./access.ts";
import type { AppContext, AppEnv } from "./http.ts";

export const segment = new Hono<AppEnv>();

/** Short, so that a revoked key is noticed; private, since the answer names the address that was asked. */
const CACHE = "private, max-age=300";
/** Part of RudderStack's answer, which no client of it compares with anything. */
const EPOCH = "2026-01-01T00:00:00.000Z";

/** @see https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/ (`cdnURL`) */
segment.get("/v1/projects/:key/settings", async (c) => {
	openToPages(c);
	const key = c.req.param("key");
	await checkAccess(c, key, "write");
	const { host, protocol } = readOrigin(c);
	return c.json({
		integrations: {
			"Segment.io": { apiKey: key, apiHost: `${host}/v1`, protocol, unbundledIntegrations: [], retryQueue: true },
		},
		plan: { track: { __default: { enabled: true, integrations: {} } } },
		edgeFunction: {},
		metrics: { sampleRate: 0, host: `${host}/v1`, protocol },
		legacyVideoPluginsEnabled: false,
		remotePlugins: [],
	});
});

/** @see https://www.rudderstack.com/docs/sources/event-streams/sdks/rudderstack-javascript-sdk/load-js-sdk/ (`configUrl`) */
for (const path of ["/sourceConfig", "/sourceConfig/"]) {
	segment.get(path, async (c) => {
		openToPages(c);
		const key = readKey(c.req.header("authorization")) ?? c.req.query("writeKey") ?? null;
		const { config, key: record } = await checkAccess(c, key, "write");
		return c.json({
			source: {
				id: record.id,
				name: config.workspace,
				writeKey: key,
				enabled: true,
				workspaceId: config.workspace,
				config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
				destinations: [],
				updatedAt: EPOCH,
			},
			updatedAt: EPOCH,
		});
	});
	// RudderStack's client sends the key in a header, so that browsers ask first.
	segment.options(path, (c) => {
		openToPages(c);
		c.header("access-control-allow-methods", "GET");
		c.header("access-control-allow-headers", c.req.header("access-control-request-headers") ?? "authorization");
		c.header("access-control-max-age", "86400");
		return c.body(null, 204);
	});
}

function openToPages(c: AppContext): void {
	c.header("access-control-allow-origin", "*");
	c.header("cache-control", CACHE);
}

/** Where the sender found us: behind a proxy with TLS its word for the protocol counts. */
function readOrigin(c: AppContext): { host: string; protocol: "http" | "https" } {
	const { host, protocol } = new URL(c.req.url);
	const isSecure = (c.req.header("x-forwarded-proto") ?? protocol.slice(0, -1)) === "https";
	return { host, protocol: isSecure ? "https" : "http" };
}
