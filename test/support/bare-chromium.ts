/**
 * Chromium with nothing attached to its page but what a measurement asks for: playwright and puppeteer have
 * scripts and requests reported to them, which makes every one of them dearer. By the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/).
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHROMIUM_FLAGS, CHROMIUM_PATH, readUserAgent } from "./browsers.ts";

type Parameters = Record<string, unknown>;

export interface BareChromium {
	/** Asks the browser. @throws Error with what it answered, where that is an error */
	send<T>(method: string, parameters?: Parameters): Promise<T>;
	/** Asks its one page. */
	inPage<T>(method: string, parameters?: Parameters): Promise<T>;
	/** The value of an expression in the page, awaited. */
	evaluate<T>(expression: string): Promise<T>;
	/** Has `listener` told of an event, in place of the one before. */
	on(method: string, listener: (parameters: Parameters) => void): void;
	close(): Promise<void>;
}

/** With a profile of its own, which is removed on close, and one empty page. */
export async function bareChromium(): Promise<BareChromium> {
	const profile = await mkdtemp(join(tmpdir(), "strand-bare-chromium-"));
	const child = spawn(
		CHROMIUM_PATH,
		[
			...CHROMIUM_FLAGS,
			"--headless=new",
			`--user-agent=${readUserAgent()}`,
			"--remote-debugging-port=0",
			`--user-data-dir=${profile}`,
			"about:blank",
		],
		{ stdio: ["ignore", "ignore", "pipe"] },
	);
	const address = await new Promise<string>((resolve, reject) => {
		let said = "";
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
			const [found] = /ws:\/\/\S+/.exec(said) || [];
			if (found) resolve(found);
		});
		child.once("exit", () => reject(new Error(`Chromium did not start: ${said}`)));
	});
	const socket = new WebSocket(address);
	await once(socket, "open");

	const listeners = new Map<string, (parameters: Parameters) => void>();
	const waiting = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
	socket.addEventListener("message", ({ data }) => {
		const message = JSON.parse(data);
		listeners.get(message.method)?.(message.params);
		waiting.get(message.id)?.(message);
		waiting.delete(message.id);
	});
	let sent = 0;
	const ask = <T>(method: string, params: Parameters = {}, sessionId?: string): Promise<T> =>
		new Promise((resolve, reject) => {
			const id = ++sent;
			waiting.set(id, ({ result, error }) =>
				error ? reject(new Error(`${method}: ${JSON.stringify(error)}`)) : resolve(result as T),
			);
			socket.send(JSON.stringify({ id, method, params, sessionId }));
		});

	const { targetId } = await ask<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
	const { sessionId } = await ask<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
	const inPage = <T>(method: string, parameters?: Parameters): Promise<T> => ask(method, parameters, sessionId);
	return {
		send: (method, parameters) => ask(method, parameters),
		inPage,
		async evaluate<T>(expression: string) {
			const asked = { expression, awaitPromise: true, returnByValue: true };
			return (await inPage<{ result: { value: T } }>("Runtime.evaluate", asked)).result.value;
		},
		on: (method, listener) => void listeners.set(method, listener),
		async close() {
			const gone = once(child, "exit");
			await ask("Browser.close");
			await gone;
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
