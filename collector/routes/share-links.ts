/** Share links: made, listed and revoked by their owner, shared on by visitors. Where they lead: follow-link.ts. */
import { Hono } from "hono";
import { createHasher, readRef } from "../identity/index.ts";
import { isOpen, parseShareLink, type ShareLink, shareOn } from "../ingest/index.ts";
import { graphOf } from "../store/client.ts";
import { SHARE_LINKS_MAX } from "../store/identity-graph/share-links.ts";
import { allow, readKey } from "./access.ts";
import { forgetLinks } from "./follow-link.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { admit, answerPreflight, openToPages } from "./ingest.ts";
import { makeCode, makeShareCode, workspaceOfCode } from "./link-seal.ts";
import { checkNames, readCount, refuse } from "./query.ts";
import { readObject } from "./read-body.ts";

export const shareLinks = new Hono<AppEnv>();

/** Links a page of the list. */
const PAGE_LINKS_MAX = 1000;

shareLinks.post("/links", allow("secret"), async (c) => {
	const { config } = c.var.access;
	const parsed = parseShareLink(await readObject(c));
	if (!parsed.ok) throw new Refusal(400, "bad_field", parsed.message, { field: parsed.field });
	const link: ShareLink = {
		...parsed.value,
		code: makeCode(config.workspace, secretOf(c)),
		createdAt: Date.now(),
		depth: 0,
		sharers: [],
	};
	return c.json(describe(c, await keep(c, config.workspace, link)), 201);
});

shareLinks.get("/links", allow("secret"), async (c) => {
	checkNames(c, ["limit", "cursor"]);
	const limit = readCount(c, "limit", PAGE_LINKS_MAX) ?? PAGE_LINKS_MAX;
	const after = c.req.query("cursor") ?? "";
	if (after !== "" && workspaceOfCode(after, c.env.WORKSPACE_SECRET) === null) {
		refuse("cursor", "Not the `next` of an earlier page.");
	}
	const found = await graphOf(c.env, c.var.access.config.workspace).listShareLinks(after, limit);
	const last = found.length === limit ? found.at(-1)?.code : undefined;
	return c.json({ links: found.map((link) => describe(c, link)), ...(last === undefined ? {} : { next: last }) });
});

shareLinks.get("/links/:code", allow("secret"), async (c) => {
	checkNames(c, []);
	return c.json(describe(c, await find(c, c.req.param("code"))));
});

/** Also what visitors shared on from it leads nowhere from now on, within 30 s. */
shareLinks.delete("/links/:code", allow("secret"), async (c) => {
	const { workspace } = c.var.access.config;
	if (!(await graphOf(c.env, workspace).revokeShareLink(c.req.param("code"), Date.now()))) throw noLink();
	forgetLinks();
	return c.body(null, 204);
});

shareLinks.options("/links/:code/shares", (c) => answerPreflight(c));

/**
 * A visitor shares a link on, from the page: the same target, campaign, staff and scene in his name. Asked again it answers the same
 * link. Who he is is kept as a keyed hash.
 */
shareLinks.post("/links/:code/shares", async (c) => {
	openToPages(c);
	const body = await readObject(c);
	const headerKey = readKey(c.req.header("authorization"));
	const writeKey = typeof body.writeKey === "string" ? body.writeKey : c.req.query("writeKey");
	const { config } = await admit(c, headerKey || writeKey || null, Boolean(headerKey), Date.now());
	const { anonymousId, userId } = body;
	const hash = createHasher(config.secret);
	const id = typeof userId === "string" ? { userId } : typeof anonymousId === "string" ? { anonymousId } : null;
	const sharer = id === null ? null : readRef(id, config.settings.identity, hash);
	if (sharer === null) {
		throw new Refusal(400, "missing_field", "Say who shares: userId or anonymousId.", { field: "anonymousId" });
	}
	const parent = await find(c, c.req.param("code"), config.workspace);
	if (!isOpen(parent, Date.now())) throw noLink();
	const who = sharer.node.slice(sharer.node.indexOf("=") + 1);
	// Who shares his own link again shares the same one.
	if (parent.sharers.at(-1) === who) return c.json(publicPart(c, parent));
	const code = makeShareCode(config.workspace, parent.code, who, secretOf(c));
	const kept = await keep(c, config.workspace, shareOn(parent, who, code, Date.now()));
	return c.json(publicPart(c, kept));
});

async function keep(c: AppContext, workspace: string, link: ShareLink): Promise<ShareLink> {
	const kept = await graphOf(c.env, workspace).addShareLink(link);
	if (kept === null)
		throw new Refusal(503, "storage_full", `A workspace holds at most ${SHARE_LINKS_MAX} share links.`);
	return kept;
}

async function find(c: AppContext, code: string, workspace = c.var.access.config.workspace): Promise<ShareLink> {
	const isOwn = workspaceOfCode(code, c.env.WORKSPACE_SECRET) === workspace;
	const found = isOwn ? await graphOf(c.env, workspace).findShareLink(code) : null;
	if (found === null) throw noLink();
	return found.link;
}

function noLink(): Refusal {
	return new Refusal(404, "not_found", "No such share link.");
}

function describe(c: AppContext, link: ShareLink) {
	const { createdAt, revokedAt, expiresAt, ...fields } = link;
	return {
		...addresses(c, link.code),
		...fields,
		createdAt: new Date(createdAt).toISOString(),
		...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
		...(revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt).toISOString() }),
	};
}

/** What a page may know of a link that its visitor shares. */
function publicPart(c: AppContext, { code, depth }: ShareLink) {
	return { ...addresses(c, code), code, depth };
}

function addresses(c: AppContext, code: string) {
	const shortUrl = `${new URL(c.req.url).origin}/r/${code}`;
	return { shortUrl, qr: `${shortUrl}.svg` };
}

function secretOf(c: AppContext): string {
	const secret = c.env.WORKSPACE_SECRET;
	if (!secret) throw new Error("share links are made with the WORKSPACE_SECRET");
	return secret;
}
