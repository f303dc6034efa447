/** What views show equals what the contract answers. */
import { describe, expect, it } from "vitest";
import { authorise } from "../../support/api.ts";
import {
	analysis,
	api,
	collector,
	DAY_MS,
	figure,
	format,
	open,
	page,
	RANGE,
	rest,
	show,
	tableOf,
	tenth,
	whole,
} from "./scene.ts";

describe("numbers equal the contract's", () => {
	it("in attribution", async () => {
		await open();
		await show("attribution", `?from=${RANGE.from}&to=${RANGE.to}&compare=0`);
		type Row = { channel: string; conversions: Record<string, number>; spread: number };
		const { models, rows } = await analysis<{ models: string[]; rows: Row[] }>("attribution", "&model=all");
		expect(rows.length).toBeGreaterThan(3);
		type Resampled = { channel: string; conversionsInterval: Record<string, { low: number; high: number }> };
		const resampled = await analysis<{ rows: Resampled[] }>("attribution", "&model=all&bootstrap=200");
		const intervals = new Map(resampled.rows.map((row) => [row.channel, row.conversionsInterval]));
		expect(await tableOf("Models side by side")).toEqual(
			rows.map(({ channel, conversions, spread }) => [
				format.name(channel),
				...models.map((model) => {
					const { low, high } = intervals.get(channel)?.[model] ?? { low: 0, high: 0 };
					return `${tenth(conversions[model] ?? 0)}${low === high ? "" : ` (${tenth(low)}–${tenth(high)})`}`;
				}),
				tenth(spread),
			]),
		);
		const markov = await tableOf("One model: Markov");
		expect(markov.map(([, credit]) => Number(credit))).toEqual(
			[...rows.map(({ conversions }) => Number(tenth(conversions.markov ?? 0)))].sort((a, b) => b - a),
		);
		await show("attribution", `?from=${RANGE.from}&to=${RANGE.to}&compare=0&pairs=all`);
		const pairs = (await analysis<{ rows: { verdict: string }[] }>("combinations", "&limit=2000")).rows;
		expect(pairs.map(({ verdict }) => verdict)).toContain("not enough data");
		expect((await tableOf("Channel combinations")).map((row) => row.at(-1))).toEqual(
			pairs.slice(0, 500).map(({ verdict }) => verdict),
		);
		await show("attribution", `?from=${RANGE.from}&to=${RANGE.to}&compare=0&goal=lead_submitted`);
		await expect.poll(() => figure("Models side by side").locator(".empty").count()).toBe(1);
	});

	it("in the heat map, whose busiest hour is the planted one", async () => {
		await open();
		await show("times");
		const { rows } = await analysis<{ rows: { weekday: string; hours: number[] }[] }>("heatmap");
		const cells = await page
			.locator("section.figure")
			.first()
			.locator("table.heat tbody tr")
			.evaluateAll((lines) =>
				lines.map((line) => [...line.querySelectorAll("td")].map((cell) => cell.textContent ?? "")),
			);
		expect(cells).toEqual(rows.map(({ hours }) => hours.map((count) => (count === 0 ? "" : whole(count)))));
		const all = rows.flatMap(({ weekday, hours }) => hours.map((count, hour) => ({ weekday, hour, count })));
		expect(all.sort((a, b) => b.count - a.count)[0]).toMatchObject({ weekday: "Tuesday", hour: 20 });
	});

	it("in paths", async () => {
		await open();
		await show("paths", `?from=${RANGE.from}&to=${RANGE.to}&compare=0`);
		type Row = { steps: string[]; journeys: number; conversions: number };
		const { rows } = await analysis<{ rows: Row[] }>("paths", "&transform=exposure&limit=300&sort=journeys");
		const shown = await tableOf("Commonest paths");
		expect(shown.map(([steps, journeys, conversions]) => [steps, journeys, conversions])).toEqual(
			rows.map(({ steps, journeys, conversions }) => [
				steps.map(format.name).join(" → "),
				whole(journeys),
				whole(conversions),
			]),
		);
		expect(await page.locator("path.band").count()).toBeGreaterThan(10);
	});

	it("on the map and in the funnel", async () => {
		await open();
		await show("map", `?from=${RANGE.from}&to=${RANGE.to}&compare=0`);
		type Tab = { rows: { label: string; count: number }[] };
		const { rows } = await analysis<Tab>("crosstab", "&rows=type&columns=stage&limit=100");
		const shown = await tableOf("Contacts by stage");
		expect(shown.map((cells) => [cells[0], cells.at(-1)])).toEqual(
			rows.map(({ label, count }) => [format.name(label), whole(count)]),
		);
		// What stays in a stage is drawn as a circle, what is never there as an empty cell.
		expect(await page.locator("circle.loop").count()).toBeGreaterThan(0);
		expect(await page.locator("td.none").count()).toBeGreaterThan(0);
		const stages = "product_viewed,product_added,checkout_started,order_paid";
		const funnel = await analysis<{ rows: { journeys: number }[] }>(
			"funnel",
			`&by=type&stages=${stages}&order=ordered`,
		);
		expect((await tableOf("The way to the goal")).map(([, count]) => count)).toEqual(
			funnel.rows.map(({ journeys }) => whole(journeys)),
		);
		await figure("The way to the goal").locator("select").selectOption("webinar_attended");
		await expect.poll(async () => (await tableOf("The way to the goal")).length).toBe(5);
		expect(decodeURIComponent(page.url())).toContain("webinar_attended");
	});

	it("in pages and in the pipeline", async () => {
		await open();
		await show("pages");
		const { rows } = await analysis<{ rows: { page: string; views: number }[] }>("pages");
		expect((await tableOf("Pages")).map(([path, views]) => [path, views])).toEqual(
			rows.map((row) => [row.page, whole(row.views)]),
		);
		type Landing = { page: string; entries: number; exits: number };
		const landings = (await analysis<{ rows: Landing[] }>("landings", "&limit=200")).rows;
		const shown = await tableOf("Landing and exit pages");
		expect(shown.map(([path, entries, exits]) => [path, entries, exits])).toEqual(
			landings.map(({ page: path, entries, exits }) => [path, whole(entries), whole(exits)]),
		);
		const tags = await analysis<{ rows: { label: string; count: number }[] }>(
			"crosstab",
			"&rows=campaign&columns=sourceMedium&limit=200",
		);
		expect((await tableOf("Campaigns")).map(([name, , contacts]) => [name, contacts])).toEqual(
			tags.rows.filter(({ label }) => label !== "(not set)").map(({ label, count }) => [label, whole(count)]),
		);
		await show("pipeline");
		const status = await api<{ delivery: { copies: number }; identifiedStreams: number }>("/v1/status");
		const numbers = new Map((await tableOf("All numbers")).map(([name, value]) => [name, value]));
		expect(numbers.get("Events received, repeats included")).toBe(whole(status.delivery.copies));
		expect(numbers.get("Identified devices and ids")).toBe(whole(status.identifiedStreams));
		expect(numbers.get("Events of these that never arrived")).toBe("0");
		type Senders = { senders: { library: string; events: number }[] };
		const { senders } = await api<Senders>("/v1/senders");
		const sent = senders.reduce((sum, { events }) => sum + events, 0);
		// What an erasure writes is logged, too, and nobody sent it.
		const { erasures } = await api<{ erasures: object[] }>("/v1/erasures");
		expect(sent + erasures.length).toBe(status.delivery.copies);
		const versions = await tableOf("Events by version");
		expect(versions.find(([library]) => library === "strand.js 0.1.0")?.[1]).toBe(
			whole(senders.reduce((sum, one) => sum + (one.library === "strand.js 0.1.0" ? one.events : 0), 0)),
		);
		expect((await page.locator(".tile").allTextContents()).join()).toMatch(/Storage.*B.*Estimated cost a day.*\$/);
	});

	it("in the list of journeys, filtered and to its end", async () => {
		await open();
		await show("journeys", `?from=${RANGE.from}&to=${RANGE.to}&channel=webinar&stage=purchase`);
		const response = await fetch(`${collector.url}/v1/journeys?channel=webinar`, {
			headers: authorise(collector.keys.read),
		});
		const journeys = (await response.text())
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { stage: string });
		const wanted = journeys.filter(({ stage }) => stage === "purchase").length;
		expect(wanted).toBeGreaterThan(0);
		await expect.poll(() => page.locator("main table tbody tr").count()).toBe(Math.min(25, wanted));
	});

	it("in the journeys behind a band, which are as many as its people", async () => {
		await open();
		await show("paths");
		const band = page.locator("a", { has: page.locator("path.band") }).first();
		const href = decodeURIComponent((await band.getAttribute("href")) ?? "");
		const query = new URLSearchParams(href.split("?")[1]);
		const path = encodeURIComponent(query.get("path")?.replaceAll("+", " ") ?? "");
		const from = new Date(`${RANGE.from}T00:00:00+08:00`).toISOString();
		const to = new Date(Date.parse(`${RANGE.to}T00:00:00+08:00`) + DAY_MS).toISOString();
		const end = query.get("pathEnd") ?? "any";
		const { rows } = await api<{ rows: number }>(
			`/v1/journeys?format=count&from=${from}&to=${to}&path=${path}&pathEnd=${end}`,
		);
		expect(rows).toBeGreaterThan(0);
		await band.focus();
		await page.keyboard.press("Enter");
		await page.waitForSelector("h1:text-is('Journeys')");
		await rest();
		while ((await page.locator("button:text-is('Show more')").count()) > 0) {
			await page.click("button:text-is('Show more')");
			await rest();
		}
		expect(await page.locator("main table tbody tr").count()).toBe(rows);
	});

	it("beside those of the period before, in every chart that has a time range", async () => {
		const day = (t: number) => new Date(t).toISOString().slice(0, 10);
		const middle = Date.parse(RANGE.to) - 40 * DAY_MS;
		const range = { from: day(middle - 19 * DAY_MS), to: day(middle) };
		const before = { from: day(middle - 39 * DAY_MS), to: day(middle - 20 * DAY_MS) };
		await open();
		for (const view of ["map", "paths", "attribution", "times", "pages"]) {
			await show(view, `?from=${range.from}&to=${range.to}`);
			await expect
				.poll(
					() =>
						page
							.locator("section.figure", { has: page.locator("button:text-is('Download CSV')") })
							.evaluateAll((all) => all.filter((one) => !one.textContent?.includes("Period before")).length),
					{ message: view },
				)
				.toBe(0);
		}
		type Pages = { rows: { page: string; views: number }[] };
		const earlier = new Map((await analysis<Pages>("pages", "", before)).rows.map((row) => [row.page, row.views]));
		for (const [path = "", ...cells] of await tableOf("Pages")) {
			expect(cells.at(-2), path).toBe(whole(earlier.get(path) ?? 0));
		}
		await page.click("text=Compare with the period before");
		await expect.poll(() => page.locator("th", { hasText: "Period before" }).count()).toBe(0);
		await expect.poll(() => page.url()).toContain("compare=0");
	});

	it("beside those of as many days before, in the pipeline", async () => {
		const dateOf = (t: number) => new Date(t).toISOString().slice(0, 10);
		const today = () => dateOf(Date.now() + 8 * 3600_000);
		const before = today();
		await open();
		await show("pipeline", "?daily=28");
		await expect.poll(() => figure("Contacts a day").textContent()).toContain("Period before");
		const shown = (await tableOf("Contacts a day")).filter(([, channel]) => channel === format.name("web"));
		// The day on which the page was opened, be it that midnight has passed meanwhile.
		const last = shown.at(-1)?.[0] ?? "";
		expect([before, today()]).toContain(last);
		const day = (ago: number) => dateOf(Date.parse(last) - ago * DAY_MS);
		type Tab = { columns: string[]; rows: { label: string; cells: { count: number }[] }[] };
		const { rows, columns } = await analysis<Tab>("channels", "&by=channel&period=day", { from: day(55), to: day(28) });
		const webOf = (label: string) => rows.find((row) => row.label === label)?.cells[columns.indexOf("web")]?.count ?? 0;
		expect(rows.length).toBeGreaterThan(20);
		expect(shown.map(([label, , , earlier]) => [label, earlier])).toEqual(
			Array.from({ length: 28 }, (_, index) => [day(27 - index), whole(webOf(day(55 - index)))]),
		);
	});
});
