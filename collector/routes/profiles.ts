/** One person: the chain, and why it is one person. A profile that was merged away answers 301 to its heir. */
import { Hono } from "hono";
import { createHasher, DEVICE_KIND, hashOf, kindOf, readRef } from "../identity/index.ts";
import { type JourneyRow, journeyRow, sessionsOf } from "../journey/index.ts";
import type { IdentityValue, Touchpoint } from "../model.ts";
import { AS_OF_EVENTS_MAX, readAsOf, readKnown } from "../store/as-of.ts";
import { graphOf, shardOfProfile, shardOfStream } from "../store/client.ts";
import type { Devices } from "../store/devices.ts";
import { findHeirs } from "../store/heirs.ts";
import type { Evidence } from "../store/identity-graph/explain.ts";
import { allow } from "./access.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { checkNames, readFlag, readTime } from "./query.ts";

export const profiles = new Hono<AppEnv>();

/** Identifiers and events change hands: no cache may keep an answer. */
const NO_STORE = { "cache-control": "no-store" };

profiles.get("/profiles/:id", allow("read"), (c) => {
	checkNames(c, ["bots", "asOf"]);
	return readProfile(c, c.req.param("id"));
});

/** When something of a person became known: the dates that `asOf` tells apart. */
profiles.get("/profiles/:id/known", allow("read"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	const known = await readKnown(c.env, config, await heirOf(c, c.req.param("id")));
	if (known === "not_found") throw new Refusal(404, "not_found", "No such profile.");
	if (known === "too_large") throw tooLarge();
	return c.json({ known: known.map(({ at, events }) => ({ at: new Date(at).toISOString(), events })) }, 200, NO_STORE);
});

profiles.get("/profiles", allow("read"), (c) => {
	const entries = Object.entries(c.req.query()).filter(([name]) => name !== "bots");
	const [only] = entries;
	if (only === undefined || entries.length > 1) {
		throw new Refusal(400, "bad_parameter", "Name one identifier, for example ?userId=u1 or ?email=a@b.cn.");
	}
	return lookUp(c, { [only[0]]: only[1] });
});

/** Identifiers in the body, so that no log of addresses holds them. */
profiles.post("/profiles/lookup", allow("read"), async (c) => {
	const body: unknown = await c.req.json().catch(() => null);
	if (body === null || typeof body !== "object" || Array.isArray(body)) {
		throw new Refusal(400, "not_json", 'Send an object with one identifier, for example {"userId": "u1"}.');
	}
	return lookUp(c, body as { [kind: string]: string });
});

async function lookUp(c: AppContext, ref: { [kind: string]: string }): Promise<Response> {
	const { config } = c.var.access;
	const identifier = readRef(ref, config.settings.identity, createHasher(config.secret));
	if (identifier === null) {
		throw new Refusal(400, "bad_parameter", "Not a usable identifier.", { field: Object.keys(ref)[0] });
	}
	const { node } = identifier;
	const profileId =
		kindOf(node) === DEVICE_KIND
			? await shardOfStream(c.env, config, node).ownerOfStream(node)
			: await graphOf(c.env, config.workspace).profileOfNode(node);
	if (profileId === null) throw new Refusal(404, "not_found", "Nobody is known by this identifier.");
	return readProfile(c, profileId);
}

async function readProfile(c: AppContext, profileId: string): Promise<Response> {
	const { config } = c.var.access;
	const graph = graphOf(c.env, config.workspace);
	const until = readTime(c, "asOf");
	if (until !== undefined) return showAsOf(c, profileId, until);
	const person = await shardOfProfile(c.env, config, profileId).readPerson(profileId, {
		bots: readFlag(c, "bots") ?? false,
	});
	if (person === null) {
		const heir = await findHeir(c, profileId);
		if (heir === null) throw new Refusal(404, "not_found", "No such profile.");
		if (heir === profileId) throw new Refusal(404, "not_found", "Nothing that the workspace keeps is this profile's.");
		return new Response(null, { status: 301, headers: { ...NO_STORE, location: `/v1/profiles/${heir}` } });
	}
	const { chain, devices } = person;
	const why = await graph.explain(profileId);
	const values = new Map(chain.identities.map(({ kind, hash, value }) => [`${kind}=${hash}`, value]));
	const name = (node: string) => ({ kind: kindOf(node), hash: hashOf(node), value: values.get(node) ?? null });
	const at = ({ t, m }: { t: number; m: string }) => ({ timestamp: new Date(t).toISOString(), messageId: m });
	return c.json(
		{
			...withDevices(journeyRow(profileId, chain), devices),
			sessions: sessionRows(chain.touchpoints),
			evidence: evidenceOf(chain.identities, why.evidence).map(({ node, rule, with: other, at: position }) => ({
				identifier: name(node),
				rule,
				with: other === null ? null : name(other),
				...at(position),
			})),
			links: why.links.map((link) => ({ rule: link.rule, between: [name(link.a), name(link.b)], ...at(link.at) })),
			refusals: why.refusals.map(({ a, b, rule, reason, kind, at: position }) => ({
				rule,
				reason,
				...(kind === undefined ? {} : { kind }),
				between: [name(a), name(b)],
				...at(position),
			})),
			shared: why.shared.map(name),
			contested: why.contested.map(name),
		},
		200,
		NO_STORE,
	);
}

type Reason = Omit<Evidence, "rule" | "with" | "at"> & {
	rule: Evidence["rule"] | "seen";
	with: string | null;
	at: { t: number; m: string };
};

/** At least one reason for each identifier: one that nothing was linked to was seen in an event of the profile's. */
function evidenceOf(identities: readonly IdentityValue[], evidence: readonly Evidence[]): Reason[] {
	const explained = new Set(evidence.map(({ node }) => node));
	const seen = identities.flatMap(({ kind, hash, firstAt, messageId }): Reason[] => {
		const node = `${kind}=${hash}`;
		return explained.has(node) ? [] : [{ node, rule: "seen", with: null, at: { t: firstAt, m: messageId } }];
	});
	return [...evidence, ...seen];
}

/** What was known on a date, also of a profile that was merged away since. */
async function showAsOf(c: AppContext, profileId: string, until: number): Promise<Response> {
	const { config } = c.var.access;
	const heir = await heirOf(c, profileId);
	const answer = await readAsOf(c.env, config, profileId, heir, until, { bots: readFlag(c, "bots") ?? false });
	if (answer === "not_found") throw new Refusal(404, "not_found", "Nothing was known of this profile then.");
	if (answer === "too_large") throw tooLarge();
	const row = withDevices(journeyRow(answer.profileId, answer.chain), answer.devices);
	return c.json(
		{ ...row, asOf: new Date(until).toISOString(), sessions: sessionRows(answer.chain.touchpoints) },
		200,
		NO_STORE,
	);
}

/** Sessions with their times as the wire has them. */
function sessionRows(touchpoints: readonly Touchpoint[]) {
	return sessionsOf(touchpoints).map((session) => ({
		...session,
		startAt: new Date(session.startAt).toISOString(),
		endAt: new Date(session.endAt).toISOString(),
	}));
}

function tooLarge(): Refusal {
	const message = `This profile and those around it have more than ${AS_OF_EVENTS_MAX} events.`;
	return new Refusal(422, "as_of_too_large", message);
}

/** `device` is the hash of an identity of kind `anonymousId`; absent on what happened on none. */
function withDevices(row: JourneyRow, devices: Devices) {
	const touchpoints = row.touchpoints.map((one) => {
		const device = devices[one.id];
		return device === undefined ? one : { ...one, device };
	});
	return { ...row, touchpoints };
}

/** The profile that an id names now: its own, or the one that it was merged into. */
async function heirOf(c: AppContext, profileId: string): Promise<string> {
	return (await findHeir(c, profileId)) ?? profileId;
}

async function findHeir(c: AppContext, profileId: string): Promise<string | null> {
	const heirs = await findHeirs(c.env, c.var.access.config, [profileId]);
	return heirs.get(profileId) ?? null;
}
