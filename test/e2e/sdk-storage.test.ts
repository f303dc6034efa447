/** What the script writes to the visitor's disk, when, and what it leaves in the page's own world. */

import { describe, expect, test } from "vitest";
import { body, named, openTheatre } from "../support/stage.ts";

const theatre = openTheatre();

/** Notes every transaction with what was put in it, and what the page's globals were before the script. */
const NOTING = `
	window.written = [];
	window.database = null;
	for (const name of ["setItem"]) {
		const real = Storage.prototype[name];
		Storage.prototype[name] = function (key, value) { written.push({ key, value }); return real.call(this, key, value); };
	}
	window.transactions = [];
	const begin = IDBDatabase.prototype.transaction;
	IDBDatabase.prototype.transaction = function (stores, mode, options) {
		window.database ??= this;
		const transaction = begin.call(this, stores, mode, options);
		transactions.push({ transaction, durability: options && options.durability, events: [], done: false });
		transaction.addEventListener("complete", () => { transactions.find((one) => one.transaction === transaction).done = true; });
		return transaction;
	};
	const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (value, key) {
		const { event } = value.json ? JSON.parse(value.json) : {};
		if (event) transactions.find(({ transaction }) => transaction === this.transaction).events.push(event);
		return put.call(this, value, key);
	};
	window.before = new Set(Object.getOwnPropertyNames(window));`;

/** Keys and values of the script's store. */
const STORE = `new Promise((done) => indexedDB.databases().then(([{ name }]) => {
	const request = indexedDB.open(name);
	request.onsuccess = () => {
		const store = request.result.transaction("queue").objectStore("queue");
		const keys = store.getAllKeys();
		const values = store.getAll();
		values.onsuccess = () => { request.result.close(); done(keys.result.map((key, n) => [key, values.result[n]])); };
	};
}))`;

type Stored = [key: unknown[], value: { json?: string }];

describe("the disk (Chromium, Firefox, WebKit)", () => {
	test("holds each event under tab and number until it is answered; those of one task are written together, a critical one flushed", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				let isDown = true;
				proxy.fault = () => (isDown ? { status: 503, headers: { "Retry-After": "3600" } } : undefined);
				await stage.visit();
				await stage.hasPart("late");
				await tab.run("void (() => { for (const name of ['One', 'Two', 'Three']) strand.track(name); })()");
				await tab.until("transactions.some(({ events, done }) => done && events.includes('Three'))");
				const isCommitted = await tab.run(
					"strand.track('Flushed', {}, { critical: true }).then(() => transactions.some(({ events, done }) => done && events.includes('Flushed')))",
				);
				expect(isCommitted).toBe(true);
				const written = await tab.run<{ durability: string; events: string[] }[]>(
					"transactions.map(({ durability, events }) => ({ durability, events })).filter(({ events }) => events.some((name) => /One|Two|Three|Flushed/.test(name)))",
				);
				expect(written).toEqual([
					{ durability: "relaxed", events: ["One", "Two", "Three"] },
					{ durability: "strict", events: ["Flushed"] },
				]);
				const readStored = async () => (await tab.run<Stored[]>(STORE)).filter(([, { json }]) => json);
				const stored = await readStored();
				const numbered = stored.map(([[owner, from, seq], { json }]) => [owner === from, seq, JSON.parse(`${json}`)]);
				expect(numbered.map(([isOwn, seq, { event, context }]) => [isOwn, seq, context.strand.seq, event])).toEqual([
					[true, 1, 1, undefined],
					[true, 2, 2, "One"],
					[true, 3, 3, "Two"],
					[true, 4, 4, "Three"],
					[true, 5, 5, "Flushed"],
				]);
				// A connection that was lost is made anew.
				await tab.run("database.close(), strand.track('Reopened', {}, { critical: true })");
				expect((await readStored()).map(([, { json }]) => JSON.parse(`${json}`).event)).toContain("Reopened");
				isDown = false;
				await stage.comeOnline(async () => (await readStored()).length === 0);
				// Nothing of an event ever stood there.
				expect(JSON.stringify(await tab.run("written"))).not.toMatch(/One|Two|Three|Flushed|Reopened|messageId/);
			},
			{ attributes: 'data-engaged-time="false"', pages: { "/": body("", NOTING) } },
		));

	test("holds nothing that has to wait where nothing may be stored: it is sent at once", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				await stage.visit();
				await stage.sent();
				proxy.clear();
				const at = await tab.run<number>("(strand.track('Now'), Date.now())");
				await stage.came(({ event }) => event === "Now");
				expect(named(proxy.events(), "Now").length).toBe(1);
				const sentAt = Date.parse(String(proxy.requests[0]?.batch.sentAt));
				// Before the interval of five seconds would have been over, also on a machine that does much else.
				expect(sentAt - at).toBeLessThan(4_500);
			},
			{ attributes: 'data-consent="anonymous"' },
		));
});

describe("the page's own world (Chromium, Firefox, WebKit)", () => {
	test("has one global more", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.hasPart("late");
				await stage.hasPart("forms");
				const names = "Object.getOwnPropertyNames(window).filter((name) => !before.has(name) && name !== 'before')";
				expect(await stage.tab.run(names)).toEqual(["strand"]);
			},
			{ pages: { "/": body("", NOTING) } },
		));
});
