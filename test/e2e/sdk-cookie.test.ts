/**
 * The id cookie that the collector renews where it stands on the page's own site, since Safari forgets what
 * scripts store: on the page's own host, or on another host of the same domain. A renewal must never bring
 * back whom the visitor was before a logout, or who has withdrawn. In real browsers, against the real collector.
 */

import { describe, expect, test } from "vitest";
import { NAMED_HOSTS } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import type { BatchRequest } from "../support/fault-proxy.ts";
import { openTheatre, READY, type Stage } from "../support/stage.ts";

const theatre = openTheatre();

const COOKIES = "document.cookie";
/** As a browser does that forgets what scripts stored. */
const FORGET = `["", "; domain=strand.test"].forEach((scope) => { document.cookie = "strand_id=; max-age=0; path=/" + scope; })`;
const TRACK = "strand.track('Asked', {}, { critical: true }).then(strand.flush)";

/** The cookie comes back with the answer to a later event, once the script's second part has come. */
async function waitForRenewal({ tab }: Stage, id: string): Promise<void> {
	// In one task: an answer that is on its way may renew it already.
	expect(await tab.run(`(${FORGET}, ${COOKIES})`)).toBe("");
	await eventually(
		async () => {
			await tab.run(TRACK);
			return (await tab.run(COOKIES)) === `strand_id=${id}`;
		},
		undefined,
		500,
	);
}

/** Opens a page of the shop under a name. */
async function visitNamed({ tab, site }: Stage, host: string, path = "/"): Promise<void> {
	await tab.goto(`http://${host}:${new URL(site.url).port}${path}`);
	await tab.until(READY);
}

describe("a collector on the page's own host (Chromium, Firefox, WebKit)", () => {
	test("is asked to renew the id cookie, and does", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				const id = await stage.tab.run<string>("strand.anonymousId");
				expect(await stage.tab.run(COOKIES)).toBe(`strand_id=${id}`);
				await waitForRenewal(stage, id);
				expect(stage.site.asked.filter((path) => /^\/v1\/batch.*&cookie=(&|$)/.test(path)).length).toBeGreaterThan(0);
			},
			{ sameOrigin: true },
		));

	test("brings nobody back who logged out on his way to the next page, or who withdrew", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				await stage.visit();
				await waitForRenewal(stage, await tab.run("strand.anonymousId"));
				await tab.run("strand.identify('u1')");
				await tab.run("strand.flush()");
				const before = await tab.run<string>("strand.anonymousId");
				await tab.run("void strand.reset()");
				const after = await tab.run<string>("strand.anonymousId");
				expect(after).not.toBe(before);
				await stage.visit("/next");
				await tab.run(TRACK);
				await stage.visit("/third");
				expect(await tab.run("strand.anonymousId")).toBe(after);
				expect(await tab.run(COOKIES)).toBe(`strand_id=${after}`);
				// What the page before sent while it went is answered to nobody, and so before this.
				await tab.run(TRACK);
				await tab.run("strand.consent('denied')");
				await tab.run("new Promise((done) => setTimeout(done, 500))");
				expect(await tab.run(COOKIES)).toBe("");
			},
			{ sameOrigin: true },
		));
});

describe("a collector on another host of the page's site (Chromium, Firefox, WebKit)", () => {
	const SHOP = NAMED_HOSTS.insecure;

	test("renews the cookie for all hosts of the domain", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				await visitNamed(stage, SHOP);
				const id = await tab.run<string>("strand.anonymousId");
				await waitForRenewal(stage, id);
				expect(proxy.requests.at(-1)?.status).toBe(200);
				// Another host of the domain knows the visitor by it.
				await visitNamed(stage, NAMED_HOSTS.sibling);
				expect(await tab.run("strand.anonymousId")).toBe(id);
				expect(await tab.run("errors")).toEqual([]);
			},
			{ collectorHost: NAMED_HOSTS.sibling },
		));

	test("answers that were under way bring back neither who logged out nor who withdrew", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				await visitNamed(stage, SHOP);
				await waitForRenewal(stage, await tab.run("strand.anonymousId"));
				const slow = async (meanwhile: string): Promise<void> => {
					await eventually(() => proxy.requests.every(({ status }) => status === 200));
					let asked: BatchRequest | undefined;
					const { promise: until, resolve: answer } = Promise.withResolvers<void>();
					proxy.fault = (request) => {
						asked = asked ?? request;
						return { until };
					};
					await tab.run("void strand.track('Slow', {}, { critical: true })");
					await eventually(() => asked !== undefined);
					await tab.run(meanwhile);
					answer();
					await eventually(() => asked?.status !== undefined);
					await tab.run("new Promise((done) => setTimeout(done, 300))");
					proxy.fault = undefined;
				};
				const before = await tab.run("strand.anonymousId");
				await slow("void strand.reset()");
				const after = await tab.run("strand.anonymousId");
				expect(after).not.toBe(before);
				expect(await tab.run(COOKIES)).toBe(`strand_id=${after}`);
				await tab.run(TRACK);
				await slow("void strand.consent('denied')");
				await eventually(() => proxy.requests.every(({ status }) => status === 200));
				await tab.run("new Promise((done) => setTimeout(done, 300))");
				expect(await tab.run(COOKIES)).toBe("");
				expect(await tab.run("errors")).toEqual([]);
			},
			{ collectorHost: NAMED_HOSTS.sibling },
		));

	test("what a page sends while it is left asks for no renewal, so that who withdraws on the next page stays forgotten", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				await visitNamed(stage, SHOP);
				await waitForRenewal(stage, await tab.run("strand.anonymousId"));
				await eventually(() => proxy.requests.every(({ status }) => status === 200));
				let farewell: BatchRequest | undefined;
				const { promise: until, resolve: answer } = Promise.withResolvers<void>();
				proxy.fault = (request) => {
					// The next page sends it again, since nobody has heard the answer.
					if (farewell || !request.events.some(({ event }) => event === "Leaving")) return undefined;
					farewell = request;
					return { until };
				};
				await tab.run("void strand.track('Leaving')");
				await visitNamed(stage, SHOP, "/next");
				await tab.run("strand.consent('denied')");
				expect(await tab.run(COOKIES)).toBe("");
				const others = () => proxy.requests.filter((request) => request !== farewell);
				await eventually(() => others().every(({ status }) => status === 200));
				expect(farewell).toMatchObject({ at: expect.any(Number) });
				expect(farewell?.status).toBeUndefined();
				answer();
				await eventually(() => farewell?.status === 200);
				await tab.run("new Promise((done) => setTimeout(done, 300))");
				expect(await tab.run(COOKIES)).toBe("");
			},
			{ collectorHost: NAMED_HOSTS.sibling },
		));

	test("is asked for none by a page of another site", () =>
		theatre.play(
			async (stage) => {
				await visitNamed(stage, NAMED_HOSTS.payment);
				await stage.sent();
				expect(stage.proxy.wire.filter((line) => /^POST .*cookie=/.test(line))).toEqual([]);
			},
			{ collectorHost: NAMED_HOSTS.sibling },
		));
});
