/** A workspace's keys and settings; a secret key opens both. */
import { Hono } from "hono";
import { parseJourneySettings } from "../journey/index.ts";
import { graphOf } from "../store/client.ts";
import type { WorkspaceSettings } from "../store/config.ts";
import type { KeyKind } from "../store/identity-graph/keys.ts";
import { allow, forgetAccess } from "./access.ts";
import { type AppEnv, Refusal } from "./http.ts";
import { makeKey } from "./make-key.ts";
import { checkNames } from "./query.ts";
import { readObject } from "./read-body.ts";
import { readEndpoints, saveEndpoints, showEndpoints } from "./webhooks.ts";

export const workspace = new Hono<AppEnv>();

const NAME_CHARS_MAX = 100;
const ORIGINS_MAX = 100;
const RETENTION_DAYS_MAX = 3650;

workspace.get("/keys", allow("secret"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	return c.json({ keys: await graphOf(c.env, config.workspace).listKeys() });
});

/** The key itself stands in this answer and nowhere else, but for write keys. */
workspace.post("/keys", allow("secret"), async (c) => {
	const { config } = c.var.access;
	const body = await readObject(c);
	const kind = body.kind;
	if (kind !== "write" && kind !== "read" && kind !== "secret") {
		throw new Refusal(400, "bad_field", "One of write, read, secret.", { field: "kind" });
	}
	const { key, hash, record } = await makeKey(c.env, config.workspace, kind satisfies KeyKind, readName(body.name), {
		origins: readOrigins(body.origins, kind),
		server: readServer(body.server, kind),
	});
	await graphOf(c.env, config.workspace).addKey(hash, record);
	forgetAccess();
	return c.json({ ...record, key }, 201);
});

workspace.delete("/keys/:id", allow("secret"), async (c) => {
	const { config, key } = c.var.access;
	const id = c.req.param("id");
	if (id === key.id) throw new Refusal(400, "bad_parameter", "A key cannot revoke itself.", { field: "id" });
	if (!(await graphOf(c.env, config.workspace).deleteKey(id))) throw new Refusal(404, "not_found", "No such key.");
	forgetAccess();
	return c.body(null, 204);
});

workspace.get("/settings", allow("read"), async (c) => {
	checkNames(c, []);
	const { settings, settingsVersion, workspace: name, streamShards, profileShards, isTest } = c.var.access.config;
	const webhooks = showEndpoints(await graphOf(c.env, name).readWebhooks(), false);
	const test = isTest === true;
	return c.json({ workspace: name, test, version: settingsVersion, streamShards, profileShards, settings, webhooks });
});

/**
 * Replaces the settings that are named; where they change how events are read, history is folded again, since chains are derived. A lower limit of age takes content
 * for good; a higher one brings none back.
 * Identity settings decide in which stream an event lies, so they are fixed when a workspace is made.
 */
workspace.put("/settings", allow("secret"), async (c) => {
	const { config } = c.var.access;
	const body = await readObject(c);
	const settings: WorkspaceSettings = { ...config.settings };
	const graph = graphOf(c.env, config.workspace);
	const { webhooks: given, ...derived } = body;
	for (const [field, value] of Object.entries(derived)) {
		if (field === "journey") {
			const parsed = parseJourneySettings(value);
			if (!parsed.ok) throw new Refusal(400, "bad_field", parsed.message, { field: `journey.${parsed.field}` });
			settings.journey = parsed.value;
		} else if (field === "timeZone") {
			settings.timeZone = readZone(value);
		} else if (field === "retentionDays") {
			settings.retentionDays = readDays(value, field);
		} else if (field === "idleDays") {
			settings.idleDays = readDays(value, field);
		} else if (field === "identity") {
			throw new Refusal(400, "bad_field", "Identity settings are fixed when the workspace is made.", { field });
		} else {
			throw new Refusal(
				400,
				"bad_field",
				"Unknown setting. Known: journey, retentionDays, idleDays, timeZone, webhooks.",
				{
					field,
				},
			);
		}
	}
	checkIdleDays(settings);
	const before = await graph.readWebhooks();
	const goals = settings.journey.goals.map(({ name }) => name);
	const webhooks = given === undefined ? before : readEndpoints(given, before, goals, c.env, Date.now());
	// A webhook changes no chain: nothing is folded again for it.
	const changed = Object.keys(derived).length === 0 ? config : await graph.changeSettings(settings);
	if (given !== undefined) await saveEndpoints(c.env, config, webhooks);
	forgetAccess();
	return c.json({
		workspace: config.workspace,
		version: changed.settingsVersion,
		settings: changed.settings,
		webhooks: showEndpoints(webhooks, given !== undefined),
	});
});

function readName(value: unknown): string {
	if (value === undefined) return "";
	if (typeof value === "string" && value.length <= NAME_CHARS_MAX) return value;
	throw new Refusal(400, "bad_field", `A text of at most ${NAME_CHARS_MAX} characters.`, { field: "name" });
}

/** An origin is compared as browsers send it: scheme, host and port, in lower case. */
function readOrigins(value: unknown, kind: KeyKind): string[] {
	if (value === undefined) return [];
	const fail = (message: string): never => {
		throw new Refusal(400, "bad_field", message, { field: "origins" });
	};
	if (!Array.isArray(value) || value.length > ORIGINS_MAX) return fail(`A list of at most ${ORIGINS_MAX} origins.`);
	if (kind !== "write" && value.length > 0) return fail("Only a write key can be limited to origins.");
	return value.map((origin: unknown) => {
		const url = typeof origin === "string" ? URL.parse(origin) : null;
		return url === null || url.origin === "null" ? fail("An origin looks like https://shop.example.") : url.origin;
	});
}

function readServer(value: unknown, kind: KeyKind): boolean {
	if (value === undefined || value === false) return false;
	if (value === true && kind === "write") return true;
	throw new Refusal(400, "bad_field", "true makes a write key a server's: its events are trusted.", {
		field: "server",
	});
}

function readDays(value: unknown, field: "retentionDays" | "idleDays"): number | null {
	if (value === null) return null;
	if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= RETENTION_DAYS_MAX)
		return value;
	throw new Refusal(400, "bad_field", `A whole number of days from 1 to ${RETENTION_DAYS_MAX}, or null to keep all.`, {
		field,
	});
}

/** Whoever is forgotten has no content left that could be shown. */
function checkIdleDays({ retentionDays, idleDays }: WorkspaceSettings): void {
	if (idleDays === null || (retentionDays !== null && idleDays >= retentionDays)) return;
	throw new Refusal(400, "bad_field", "It stands beside `retentionDays` and is no smaller.", { field: "idleDays" });
}

function readZone(value: unknown): string {
	try {
		if (typeof value === "string") return new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone;
	} catch {
		// Not a zone: refused below.
	}
	throw new Refusal(400, "bad_field", "An IANA time zone, for example Asia/Shanghai.", { field: "timeZone" });
}
