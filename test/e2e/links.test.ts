/** Share links: followed by a browser, by robots and by programs, shared on, tampered with, revoked, copied. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import decodeQR from "qr/decode.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run as runLinks } from "../../collector/node/commands/links.ts";
import { authorise, type EventRow, type JourneyRow, readRows, type TouchpointRow } from "../support/api.ts";
import { chromium, readUserAgent } from "../support/browsers.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { DELIVERY } from "../support/eventually.ts";
import { type Site, startSite } from "../support/site.ts";

const BROWSER = { "user-agent": readUserAgent() };

interface Link {
	code: string;
	shortUrl: string;
	qr: string;
	depth: number;
	[field: string]: unknown;
}

let collector: RunningCollector;
let context: BrowserContext;
let site: Site;

beforeAll(async () => {
	[collector, context] = await Promise.all([startCollector(), chromium()]);
	site = await startSite({ collector: collector.url, writeKey: collector.keys.write });
});
afterAll(async () => {
	await Promise.all([context?.close(), site?.close()]);
	await collector?.stop();
});

async function call<Answer>(method: string, path: string, body?: unknown, key = collector.keys.secret) {
	const response = await fetch(collector.url + path, {
		method,
		headers: authorise(key),
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as Answer };
}

async function makeLink(fields: object = {}): Promise<Link> {
	const made = await call<Link>("POST", "/v1/links", { url: `${site.url}/landing?a=1#part`, ...fields });
	expect(made.status).toBe(201);
	return made.body;
}

function follow(link: Pick<Link, "shortUrl">, init: RequestInit = {}): Promise<Response> {
	return fetch(link.shortUrl, { redirect: "manual", headers: BROWSER, ...init });
}

const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
const clicksOn = async ({ code }: Link) =>
	(await readEvents()).filter(({ object }) => (object as { ref?: string } | undefined)?.ref === code);

async function readJourneys(): Promise<JourneyRow[]> {
	await settle(collector.url, collector.keys.read);
	return readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
}

async function touchesOf(code: string): Promise<TouchpointRow[]> {
	const touches = (await readJourneys()).flatMap(({ touchpoints }) => touchpoints);
	return touches.filter(({ object }) => (object as { ref?: string } | undefined)?.ref === code);
}

describe("a link that a visitor follows", () => {
	it("brings campaign, staff and scene to the page, and its click and visit are one chain with one credit", async () => {
		const link = await makeLink({
			name: "Autumn poster",
			source: "poster",
			medium: "qr",
			campaign: "autumn",
			staff: "wang",
			scene: "till 3",
		});
		const page = await context.newPage();
		await page.goto(link.shortUrl);
		const landed = new URL(page.url());
		expect(landed.origin + landed.pathname + landed.hash).toBe(`${site.url}/landing#part`);
		expect(Object.fromEntries(landed.searchParams)).toEqual({
			a: "1",
			utm_source: "poster",
			utm_medium: "qr",
			utm_campaign: "autumn",
			st_staff: "wang",
			st_scene: "till 3",
			stclid: expect.stringContaining(link.code),
		});
		await page.evaluate(() => {
			const { strand } = window as unknown as { strand: { identify(id: string): void } };
			strand.identify("visitor-1");
		});
		await vi.waitFor(async () => expect((await readEvents()).map(({ type }) => type)).toContain("identify"), DELIVERY);
		await page.close();
		const journey = (await readJourneys()).find(({ identities }) =>
			identities.some(({ value }) => value === "visitor-1"),
		);
		expect(journey?.touchpoints).toMatchObject([
			{
				channel: "web",
				type: "link_clicked",
				direction: "in",
				source: "poster",
				medium: "qr",
				campaign: "autumn",
				place: "till 3",
				participants: [{ role: "staff", ref: "wang" }],
				object: { kind: "share_link", ref: link.code, title: "Autumn poster" },
				effective: true,
			},
			{ type: "page_viewed", campaign: "autumn", effective: false, causedBy: journey?.touchpoints[0]?.evidence[0] },
		]);
		// Nobody else has this click.
		expect(await touchesOf(link.code)).toHaveLength(1);
	});

	it("is a contact of its own where no script runs", async () => {
		const link = await makeLink({ url: "https://partner.example/brochure.pdf", campaign: "brochure" });
		const answer = await follow(link);
		expect(answer.status).toBe(302);
		expect(answer.headers.get("cache-control")).toBe("no-store");
		expect(answer.headers.get("set-cookie")).toBeNull();
		expect(await touchesOf(link.code)).toMatchObject([{ type: "link_clicked", campaign: "brochure" }]);
	});

	it("is not clicked by robots, previews, pages fetched ahead and questions for its head", async () => {
		const link = await makeLink();
		const quiet: RequestInit[] = [
			{ headers: { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" } },
			{ headers: { "user-agent": "facebookexternalhit/1.1" } },
			{ headers: { "user-agent": "WhatsApp/2.23.20.0" } },
			{ headers: { ...BROWSER, "sec-purpose": "prefetch;prerender" } },
			{ method: "HEAD" },
		];
		for (const init of quiet) {
			const answer = await follow(link, init);
			expect(answer.status).toBe(302);
			expect(answer.headers.get("location")).not.toContain("stclid");
		}
		expect(await clicksOn(link)).toEqual([]);
		await follow(link);
		expect(await clicksOn(link)).toHaveLength(1);
	});
});

describe("who lands with a click that is not his", () => {
	/** Lands as a page's script would tell it. */
	async function land(url: string, device: string, agent = readUserAgent()): Promise<void> {
		await fetch(`${collector.url}/v1/page?writeKey=${collector.keys.write}`, {
			method: "POST",
			headers: { "user-agent": agent },
			body: JSON.stringify({ anonymousId: device, properties: { url } }),
		});
	}
	const landingOf = async (link: Link) => (await follow(link)).headers.get("location") ?? "";
	const linksTo = async (device: string) =>
		(await readEvents()).filter(({ type, anonymousId }) => type === "link" && anonymousId === device);

	it("is joined from the same browser, with any client's page view", async () => {
		await land(await landingOf(await makeLink({ staff: "li" })), "device-own");
		expect(await linksTo("device-own")).toHaveLength(1);
	});

	it("is not joined from another browser, so that a copied address joins nobody", async () => {
		await land(await landingOf(await makeLink()), "device-copied", "Mozilla/5.0 (X11; Linux) Firefox/150.0");
		expect(await linksTo("device-copied")).toEqual([]);
	});

	it("is not joined where staff, scene, click or link were changed", async () => {
		const landing = await landingOf(await makeLink({ staff: "li", scene: "fair" }));
		const token = new URL(landing).searchParams.get("stclid") ?? "";
		const [code = "", click = "", sealed = ""] = token.split(".");
		const changes: [string, string][] = [
			["st_staff", "zhao"],
			["st_scene", "street"],
			["stclid", [code, `${click.slice(0, -1)}${click.endsWith("A") ? "B" : "A"}`, sealed].join(".")],
			["stclid", [(await makeLink()).code, click, sealed].join(".")],
			["stclid", "x".repeat(5000)],
		];
		for (const [name, value] of changes) {
			const changed = new URL(landing);
			changed.searchParams.set(name, value);
			await land(changed.href, "device-forger");
		}
		expect(await linksTo("device-forger")).toEqual([]);
		const visit = (await readJourneys()).find(({ identities }) =>
			identities.some(({ value }) => value === "device-forger"),
		);
		expect(visit?.touchpoints.every(({ participants }) => participants === undefined)).toBe(true);
	});
});

describe("a link that is shared on", () => {
	it("hands on staff and target, and its clicks name the sharers and the depth", async () => {
		const link = await makeLink({ staff: "wang", scene: "fair" });
		const share = async (code: string, who: object) =>
			(await call<Link>("POST", `/v1/links/${code}/shares`, who, collector.keys.write)).body;
		const first = await share(link.code, { anonymousId: "sharer-device" });
		const second = await share(first.code, { userId: "sharer-2" });
		expect([first.depth, second.depth]).toEqual([1, 2]);
		expect(await share(first.code, { userId: "sharer-2" })).toEqual(second);
		expect(await share(second.code, { userId: "sharer-2" })).toEqual(second);
		expect(new URL((await follow(second)).headers.get("location") ?? "").searchParams.get("st_staff")).toBe("wang");
		const [touch] = await touchesOf(second.code);
		expect(touch).toMatchObject({ signals: { share_depth: 2 }, place: "fair" });
		const [staff, ...sharers] = (touch?.participants ?? []) as { role: string; ref: string }[];
		expect(staff).toEqual({ role: "staff", ref: "wang" });
		expect(sharers.map(({ role }) => role)).toEqual(["partner", "partner"]);
		// The second sharer's name stands in no link, only his hash.
		expect(JSON.stringify((await call("GET", `/v1/links/${second.code}`)).body)).not.toContain("sharer-2");
	});

	it("leads nowhere once the first is revoked", async () => {
		const link = await makeLink();
		const { code } = (await call<Link>("POST", `/v1/links/${link.code}/shares`, { userId: "u" }, collector.keys.write))
			.body;
		expect((await call("DELETE", `/v1/links/${link.code}`)).status).toBe(204);
		for (const one of [link.code, code]) expect((await fetch(`${collector.url}/r/${one}`)).status).toBe(410);
	});
});

describe("what a link refuses", () => {
	it("leads only where its owner said, whatever the address says", async () => {
		const link = await makeLink();
		const answer = await follow({
			shortUrl: `${link.shortUrl}?url=https://evil.example&utm_source=evil#//evil.example`,
		});
		expect(new URL(answer.headers.get("location") ?? "").origin).toBe(site.url);
		expect(answer.headers.get("location")).not.toContain("evil");
	});

	it.each([
		["no page", { url: "javascript:alert(1)" }, "url"],
		["a path alone", { url: "/landing" }, "url"],
		["a name before the host", { url: "https://shop.example@evil.example/" }, "url"],
		["an unknown field", { url: "https://a.example/", colour: "red" }, "colour"],
		["a time that is none", { url: "https://a.example/", expiresAt: "soon" }, "expiresAt"],
	])("is not made with %s", async (_, fields, field) => {
		const { status, body } = await call<{ error: object }>("POST", "/v1/links", fields);
		expect([status, body.error]).toEqual([400, expect.objectContaining({ code: "bad_field", field })]);
	});

	it("is made by a secret key only, and followed only where this collector made its code", async () => {
		expect((await call("POST", "/v1/links", { url: site.url }, collector.keys.write)).status).toBe(403);
		const { code } = await makeLink();
		const changed = code.slice(0, -1) + (code.endsWith("a") ? "b" : "a");
		for (const one of [changed, "main-AAAAAAAAAAAAA", "x", "..%2f..%2fv1", `${code}.svgx`]) {
			expect((await fetch(`${collector.url}/r/${one}`)).status).toBe(404);
		}
	});

	it("has an end when it was given one", async () => {
		const link = await makeLink({ expiresAt: "2020-01-01T00:00:00Z" });
		expect((await follow(link)).status).toBe(410);
		expect((await call("POST", `/v1/links/${link.code}/shares`, { userId: "u" }, collector.keys.write)).status).toBe(
			404,
		);
	});
});

describe("strand links", () => {
	it("makes a link with a QR code that scanners read, lists and revokes it", async () => {
		const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
		const words = (...args: string[]) => runLinks([...args, "--url", collector.url, "--key", collector.keys.secret]);
		const file = join(collector.dataDir, "qr.svg");
		expect(await words("create", `${site.url}/p`, "--staff", "wang", "--campaign", "autumn", "--qr", file)).toBe(0);
		const shortUrl = String(printed.mock.calls.at(-1)?.[0]).trim();
		const picture = await context.newPage();
		const pixels = await picture.evaluate(
			async (svg) => {
				const image = new Image();
				image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
				await image.decode();
				const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 200 });
				const drawn = canvas.getContext("2d");
				if (drawn === null) return [];
				drawn.fillStyle = "white";
				drawn.fillRect(0, 0, 200, 200);
				drawn.drawImage(image, 10, 10, 180, 180);
				return [...drawn.getImageData(0, 0, 200, 200).data];
			},
			readFileSync(file, "utf8"),
		);
		await picture.close();
		expect(decodeQR({ width: 200, height: 200, data: Uint8ClampedArray.from(pixels) })).toBe(shortUrl);
		printed.mockClear();
		expect(await words("list")).toBe(0);
		const code = shortUrl.slice(shortUrl.lastIndexOf("/") + 1);
		expect(printed.mock.calls.map(([line]) => String(line)).find((line) => line.startsWith(code))).toContain("wang");
		expect(await words("revoke", code)).toBe(0);
		expect((await fetch(shortUrl, { redirect: "manual" })).status).toBe(410);
		printed.mockRestore();
	});
});
