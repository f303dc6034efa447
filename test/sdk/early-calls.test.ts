/** Calls that the stub kept until the script came. */
import { afterEach, expect, it, vi } from "vitest";
import { createTracker, type EarlyCall } from "../../sdk/tracker.ts";
import type { Batch } from "../../sdk/wire.ts";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

/** What a page sends as it is left, of a script that came five seconds after the calls. */
function sentOf(calls: EarlyCall[]): Batch["batch"] {
	const bodies: Batch[] = [];
	vi.stubGlobal("fetch", (_: string, { body }: RequestInit) => {
		bodies.push(JSON.parse(new TextDecoder().decode(body as Uint8Array)));
		return new Promise(() => undefined);
	});
	createTracker({ writeKey: "wk_a", endpoint: "https://collector.example.com" }, calls, false);
	document.dispatchEvent(new Event("pagehide", { bubbles: true }));
	return bodies.flatMap(({ batch }) => batch);
}

it("are told with the time at which each was made, in their order, and later ones with their own", () => {
	const now = Date.now();
	const [first, second] = [new Date(now - 5_000), new Date(now - 4_000)];
	const sent = sentOf([
		["track", ["First"], first],
		["identify", ["u1", { plan: "pro" }], second],
	]);
	const view = sent.find(({ type }) => type === "page");
	expect(
		sent.filter((event) => event !== view).map(({ type, originalTimestamp }) => [type, originalTimestamp]),
	).toEqual([
		["track", first.toISOString()],
		["identify", second.toISOString()],
	]);
	expect(Date.parse(String(view?.originalTimestamp))).toBeGreaterThanOrEqual(now);
});

it("may name the time by a number, as other stubs do", () => {
	const at = Date.now() - 3_000;
	const [event] = sentOf([["track", ["First"], at]]);
	expect(event?.originalTimestamp).toBe(new Date(at).toISOString());
});
