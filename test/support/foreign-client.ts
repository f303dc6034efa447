/** Another vendor's browser client, unmodified, in a page that sends to a real collector. */

import type { BrowserContext } from "playwright-core";
import { expect, vi } from "vitest";
import { type EventRow, type JourneyRow, readRows } from "./api.ts";
import { chromium } from "./browsers.ts";
import { type RunningCollector, settle, startCollector } from "./collector.ts";
import { DELIVERY } from "./eventually.ts";
import { type Site, type SitePage, startSite } from "./site.ts";

export interface ForeignClient {
	collector: RunningCollector;
	site: Site;
	context: BrowserContext;
	/** Addresses of requests that went to neither the site nor the collector. */
	foreign: string[];
	/** Waits until as many events as `count` match. */
	arrive(count: number, matches: (row: EventRow) => boolean): Promise<void>;
	/** Chains that show everything that has arrived. */
	journeys(): Promise<JourneyRow[]>;
	stop(): Promise<void>;
}

/** @param pagesFor the site's pages, by path, for a collector's address and write key */
export async function startForeignClient(
	pagesFor: (url: string, writeKey: string) => { [path: string]: SitePage },
): Promise<ForeignClient> {
	const [collector, context] = await Promise.all([startCollector(), chromium()]);
	const { url, keys } = collector;
	const site = await startSite({ collector: url, writeKey: "", pages: pagesFor(url, keys.write) });
	const foreign: string[] = [];
	context.on("request", (request) => {
		const { origin } = new URL(request.url());
		if (![site.url, url].includes(origin)) foreign.push(request.url());
	});
	return {
		collector,
		site,
		context,
		foreign,
		async arrive(count, matches) {
			await vi.waitFor(async () => {
				const rows = await readRows<EventRow>(url, keys.read, "/v1/events");
				expect(rows.filter(matches)).toHaveLength(count);
			}, DELIVERY);
		},
		async journeys() {
			await settle(url, keys.read);
			return readRows<JourneyRow>(url, keys.read, "/v1/journeys");
		},
		async stop() {
			await Promise.all([context.close(), site.close()]);
			await collector.stop();
		},
	};
}

/** A page that runs `scripts`, one after the other. */
export function pageWith(title: string, ...scripts: string[]): SitePage {
	const tags = scripts.map((script) => `<script>${script.replaceAll("</script", "<\\/script")}</script>`);
	return { html: `<!doctype html><title>${title}</title>${tags.join("")}` };
}

/** Kind and value of a chain's identifiers; the device's without its value. */
export function identitiesOf(journey: JourneyRow | undefined): string[] {
	const all = journey?.identities ?? [];
	return all.map(({ kind, value }) => (kind === "anonymousId" ? kind : `${kind} ${value}`)).sort();
}

/** The `userId` of each chain, sorted. */
export function usersOf(journeys: readonly JourneyRow[]): (string | undefined)[] {
	return journeys.map(({ identities }) => identities.find(({ kind }) => kind === "userId")?.value).sort();
}
