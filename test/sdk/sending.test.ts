/** What a page hands to the browser: the account of what may outlive it, and what an answer has to be read for. */
import { afterEach, expect, it, vi } from "vitest";
import { sendBetter } from "../../sdk/delivery/send-better.ts";
import { createTransport } from "../../sdk/delivery/transport.ts";

/** What is left below the browsers' 64 KiB for other scripts of the page. */
const LEDGER_BYTES = 56 * 1024;

afterEach(() => vi.unstubAllGlobals());

function open() {
	const asked: { keepalive: boolean | undefined; answer(status?: number): Promise<void>; isRead: boolean }[] = [];
	vi.stubGlobal("fetch", (_url: string, { keepalive }: RequestInit) => {
		const { promise, resolve } = createPromise<object>();
		const one = {
			keepalive,
			isRead: false,
			async answer(status = 200) {
				const text = async (): Promise<string> => {
					one.isRead = true;
					return JSON.stringify({ success: true });
				};
				resolve({ status, ok: status === 200, headers: new Headers(), text });
				await vi.waitFor(() => expect(one.isRead).toBe(true));
			},
		};
		asked.push(one);
		return promise;
	});
	const transport = createTransport("https://collector.example.com/v1/batch");
	sendBetter(transport, { isKept: false, record: { anonymousId: "" }, mend: () => undefined });
	return { asked, send: (bytes: number) => transport.send(new Uint8Array(bytes)) };
}

function createPromise<T>(): { promise: Promise<T>; resolve(value: T): void } {
	let resolve: (value: T) => void = () => undefined;
	const promise = new Promise<T>((done) => {
		resolve = done;
	});
	return { promise, resolve };
}

it("asks the browser to finish no more than 56 KiB at once, and counts bytes as free when their answer is read", async () => {
	const { asked, send } = open();
	const first = send(LEDGER_BYTES - 1_000);
	send(1_001);
	send(1_000);
	send(1);
	expect(asked.map(({ keepalive }) => keepalive)).toEqual([true, false, true, false]);
	await asked[0]?.answer();
	expect(await first).toMatchObject({ status: 200, success: true });
	send(LEDGER_BYTES - 1_000);
	send(1);
	expect(asked.slice(4).map(({ keepalive }) => keepalive)).toEqual([true, false]);
});

it.each([400, 413, 429, 503])(
	"reads the answer of a %i too: unread, it would keep its bytes for the life of the page",
	async (status) => {
		const { asked, send } = open();
		send(LEDGER_BYTES - 1);
		await asked[0]?.answer(status);
		await vi.waitFor(() => {
			send(LEDGER_BYTES - 1);
			expect(asked.at(-1)?.keepalive).toBe(true);
		});
	},
);

it("takes no word but the collector's: a captive portal answers 200 with a page of its own", async () => {
	vi.stubGlobal("fetch", async () => new Response("<!doctype html><title>Log in</title>"));
	const { send } = createTransport("https://collector.example.com/v1/batch");
	expect((await send(new Uint8Array(1))).status).toBe(0);
});
