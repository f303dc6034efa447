/**
 * `/r/CODE`: a share link is followed. A click of a person is logged as a contact, durable before the visitor is sent on, and the
 * landing page is told which click brought him; when its script reports the view, the click is joined to his device. Nothing is stored
 * on the visitor's device and no address of his is kept.
 */

import { Hono } from "hono";
import encodeQR from "qr";
import type { Env } from "../env.ts";
import {
	acceptEvents,
	CLICK_MS_MAX,
	clickEvent,
	clickerOf,
	isOpen,
	isRobot,
	landingOf,
	linkLanding,
	readLanding,
	type ShareLink,
} from "../ingest/index.ts";
import type { LoggedEvent } from "../model.ts";
import { appendEvents, graphOf, routeEvents } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";
import { describeError } from "../store/describe-error.ts";
import { makeTombstone } from "../store/tombstone.ts";
import { type AppContext, type AppEnv, Refusal } from "./http.ts";
import { makeClickId, openClick, signClick, workspaceOfCode } from "./link-seal.ts";
import { checkNames, readChoice } from "./query.ts";
import { countRequest, readAddress } from "./rate-limit.ts";

export const followLink = new Hono<AppEnv>();

const REMEMBER_MS = 30_000;
/** Links remembered by an isolate; at the limit all are forgotten. */
const REMEMBERED_MAX = 10_000;
const REFERRER_CHARS_MAX = 2000;

type Found = { link: ShareLink; config: WorkspaceConfig } | null;
const remembered = new Map<string, { found: Found; until: number }>();

const CORRECTIONS = ["low", "medium", "quartile", "high"] as const;

/** The code as a picture; what it leads to is not looked up. */
followLink.get("/r/:file{[^/]+\\.svg}", (c) => {
	checkNames(c, ["ecc"]);
	const code = c.req.param("file").slice(0, -".svg".length);
	if (workspaceOfCode(code, c.env.WORKSPACE_SECRET) === null)
		throw new Refusal(404, "not_found", "No such share link.");
	const svg = encodeQR(`${new URL(c.req.url).origin}/r/${code}`, "svg", {
		ecc: readChoice(c, "ecc", CORRECTIONS, "medium"),
	});
	return c.body(svg, 200, {
		"content-type": "image/svg+xml",
		"cache-control": "public, max-age=86400",
		"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
	});
});

followLink.get("/r/:code", async (c) => {
	const now = Date.now();
	c.header("cache-control", "no-store");
	c.header("x-robots-tag", "noindex");
	const found = await find(c, c.req.param("code"), now);
	if (found === null || !isOpen(found.link, now)) return c.html(GONE, found === null ? 404 : 410);
	const token = isClick(c, found, now) ? await logClick(c, found, now) : null;
	return c.redirect(landingOf(found.link, token), 302);
});

const GONE =
	'<!doctype html><html lang="en"><meta charset="utf-8"><title>No such link</title><p>This link does not lead anywhere any more.</p><p lang="zh-CN">此链接已失效。</p></html>';

async function find(c: AppContext, code: string, now: number): Promise<Found> {
	const known = remembered.get(code);
	if (known !== undefined && known.until > now) return known.found;
	const workspace = workspaceOfCode(code, c.env.WORKSPACE_SECRET);
	if (workspace === null) return null;
	const found = await graphOf(c.env, workspace).findShareLink(code);
	if (remembered.size >= REMEMBERED_MAX) remembered.clear();
	remembered.set(code, { found, until: now + REMEMBER_MS });
	return found;
}

/** A link was revoked: this isolate looks all of them up anew; others within 30 s. */
export function forgetLinks(): void {
	remembered.clear();
}

/** No click: a robot, a preview, a page fetched ahead, and whoever clicks faster than the workspace's limit allows. */
function isClick(c: AppContext, { link, config }: NonNullable<Found>, now: number): boolean {
	if (c.req.method !== "GET") return false;
	const purpose = c.req.header("sec-purpose") ?? c.req.header("purpose") ?? c.req.header("x-moz") ?? "";
	if (/prefetch|preview|prerender/i.test(purpose) || isRobot(c.req.header("user-agent") ?? "")) return false;
	const address = readAddress(c.env, (name) => c.req.header(name));
	return countRequest(c.env, `${config.workspace} ${link.code}`, address, now) === 0;
}

/** @returns the token for the landing page; null where the click could not be logged, which must not keep the visitor waiting */
async function logClick(c: AppContext, { link, config }: NonNullable<Found>, now: number): Promise<string | null> {
	const secret = c.env.WORKSPACE_SECRET ?? "";
	const click = makeClickId(now);
	const userAgent = c.req.header("user-agent") ?? "";
	const { cf } = c.req.raw;
	const { accepted } = acceptEvents([clickEvent(link, click, c.req.header("referer")?.slice(0, REFERRER_CHARS_MAX))], {
		receivedAt: now,
		trust: "public",
		userAgent,
		country: typeof cf?.country === "string" ? cf.country : undefined,
		city: typeof cf?.city === "string" ? cf.city : undefined,
	});
	try {
		const answer = await appendEvents(
			c.env,
			config,
			routeEvents(
				config,
				accepted.map((event) => makeTombstone(event, config)),
				[],
			),
		);
		if (answer !== "ok") throw new Error(`the shard answered ${answer}`);
	} catch (error) {
		const reason = describeError(error);
		console.error(
			JSON.stringify({ level: "error", requestId: c.get("requestId"), message: "click not logged", reason }),
		);
		return null;
	}
	return signClick(link.code, click, { userAgent, staff: link.staff ?? "", scene: link.scene ?? "" }, secret);
}

/**
 * Statements that join clicks on share links to the devices which landed with them, and marks those landings. A landing
 * counts as the click's only within two minutes, from the same browser, with staff and scene as they were handed out: an
 * address that somebody copied joins nobody.
 *
 * @param events of one request, accepted; landings among them are marked in place
 */
export function joinClicks(env: Env, workspace: string, events: LoggedEvent[], userAgent: string): LoggedEvent[] {
	const joined: LoggedEvent[] = [];
	for (const event of events) {
		const landing = readLanding(event);
		if (landing === null) continue;
		const { staff, scene, token } = landing;
		const opened = openClick(token, { userAgent, staff, scene }, env.WORKSPACE_SECRET ?? "");
		if (opened === null || workspaceOfCode(opened.code, env.WORKSPACE_SECRET) !== workspace) continue;
		if (Math.abs(event.timestamp - opened.at) > CLICK_MS_MAX) continue;
		event.added.click = clickerOf(opened.click);
		joined.push(linkLanding(event, opened.click));
	}
	return joined;
}
