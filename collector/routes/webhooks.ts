/** `webhooks` in the workspace's settings: who is told when a chain reaches a goal. */
import { createHash, randomBytes } from "node:crypto";
import type { Env } from "../env.ts";
import { graphOf, profileShardOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import type { WebhookEndpoint } from "../store/profile-shard/webhook-outbox.ts";
import { Refusal } from "./http.ts";

const ENDPOINTS_MAX = 5;
const URL_CHARS_MAX = 2_000;
const GOALS_MAX = 100;
const SECRET_BYTES = 24;
/** Names that lead into the network that the collector stands in. */
const INNER_NAMES = /(^|\.)(localhost|local|internal|lan|intranet|home\.arpa)$/;

export type ShownEndpoint = Omit<WebhookEndpoint, "createdAt" | "secret"> & { createdAt: string; secret?: string };

/** As settings show them; the secret only to who has just set it. */
export function showEndpoints(endpoints: readonly WebhookEndpoint[], withSecrets: boolean): ShownEndpoint[] {
	return endpoints.map(({ secret, createdAt, ...rest }) => ({
		...rest,
		createdAt: new Date(createdAt).toISOString(),
		...(withSecrets ? { secret } : {}),
	}));
}

/** Tells every shard; kept in the graph first, so that asking again mends what was cut off. */
export async function saveEndpoints(env: Env, config: WorkspaceConfig, endpoints: WebhookEndpoint[]): Promise<void> {
	await graphOf(env, config.workspace).saveWebhooks(endpoints);
	const shards = Array.from({ length: config.profileShards }, (_, index) => index);
	await Promise.all(
		shards.map((index) => profileShardOf(env, config.workspace, index).setWebhooks(config.workspace, index, endpoints)),
	);
}

/**
 * @param before an endpoint of the same address keeps its secret and its age
 * @param goals  names that the workspace knows
 * @throws Refusal that names the field
 */
export function readEndpoints(
	value: unknown,
	before: readonly WebhookEndpoint[],
	goals: readonly string[],
	env: Env,
	now: number,
): WebhookEndpoint[] {
	if (!Array.isArray(value) || value.length > ENDPOINTS_MAX) fail("webhooks", `A list of at most ${ENDPOINTS_MAX}.`);
	const endpoints = (value as unknown[]).map((one, index): WebhookEndpoint => {
		const field = `webhooks.${index}`;
		if (typeof one !== "object" || one === null)
			return fail(field, "An object with url, and goals and secret if wanted.");
		const { url: rawUrl, goals: rawGoals = [], secret: rawSecret, ...rest } = one as { [name: string]: unknown };
		const unknown = Object.keys(rest).find((name) => name !== "id" && name !== "createdAt");
		if (unknown !== undefined) fail(`${field}.${unknown}`, "Unknown. Known: url, goals, secret.");
		const url = readUrl(rawUrl, `${field}.url`, env.WEBHOOK_PRIVATE_ADDRESSES === "1");
		const known = before.find((endpoint) => endpoint.url === url);
		return {
			id: createHash("sha256").update(url).digest("hex").slice(0, 16),
			url,
			secret: readSecret(rawSecret, `${field}.secret`) ?? known?.secret ?? makeSecret(),
			goals: readGoals(rawGoals, `${field}.goals`, goals),
			createdAt: known?.createdAt ?? now,
		};
	});
	if (new Set(endpoints.map(({ id }) => id)).size < endpoints.length) fail("webhooks", "Each address once.");
	return endpoints;
}

/**
 * A public address: a name, and TLS. What a name leads to is checked again when the call is made, by the
 * runtime (`workerd-config.ts`; Cloudflare's own network has no way inside).
 */
function readUrl(value: unknown, field: string, arePrivateAllowed: boolean): string {
	const url = typeof value === "string" && value.length <= URL_CHARS_MAX ? URL.parse(value) : null;
	if (url === null) return fail(field, "An address, for example https://crm.example/hooks/strand.");
	if (url.username !== "" || url.password !== "") fail(field, "An address without user and password.");
	if (arePrivateAllowed && (url.protocol === "http:" || url.protocol === "https:")) return url.href;
	const isName = /[a-z]$/.test(url.hostname) && url.hostname.includes(".") && !INNER_NAMES.test(url.hostname);
	if (url.protocol !== "https:" || !isName) {
		fail(field, "A public https address by name; others are allowed by webhookPrivateAddresses, where this runs.");
	}
	return url.href;
}

function readGoals(value: unknown, field: string, known: readonly string[]): string[] {
	if (!Array.isArray(value) || value.length > GOALS_MAX) return fail(field, `A list of at most ${GOALS_MAX} goals.`);
	const wrong = value.find((goal) => !known.includes(goal as string));
	if (wrong !== undefined) fail(field, `${JSON.stringify(wrong)} is no goal. Goals: ${known.join(", ")}.`);
	return value as string[];
}

function readSecret(value: unknown, field: string): string | undefined {
	if (value === undefined) return undefined;
	if (typeof value === "string" && /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(value)) return value;
	return fail(field, "whsec_ and base64 of 24 to 64 bytes; without one it is made.");
}

function makeSecret(): string {
	return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

function fail(field: string, message: string): never {
	throw new Refusal(400, "bad_field", message, { field });
}
