import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { expect, it } from "vitest";
import { init } from "../../sdk/server.ts";

it("sends in a Worker what one request gathered, by the time that waitUntil is done", async () => {
	const sent: { url: string; body: string }[] = [];
	const context = createExecutionContext();
	const strand = init({
		endpoint: "https://collector.example.com/",
		key: "sk_x",
		fetch: async (input, request) => {
			sent.push({ url: String(input), body: String(request?.body) });
			return Response.json({ success: true, accepted: 2, rejected: [], receivedAt: new Date().toISOString() });
		},
	});
	strand.identify({ userId: "u-1", anonymousId: "a-1" });
	strand.touch({ channel: "phone", name: "call_completed", userId: "u-1" });
	context.waitUntil(strand.close());
	await waitOnExecutionContext(context);
	expect(sent.map(({ url }) => url)).toEqual(["https://collector.example.com/v1/batch"]);
	const { batch } = JSON.parse(sent[0]?.body ?? "") as { batch: { type: string }[] };
	expect(batch.map(({ type }) => type)).toEqual(["identify", "touch"]);
});
