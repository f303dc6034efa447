/**
 * An answer that takes its time, as NDJSON: `{"progress": 0.4}` while it is made, then `{"result": …}` or
 * `{"error": …}` as the contract words errors. Who stops reading stops the work.
 */
import { type AppContext, Refusal } from "./http.ts";

/** @param share done, 0 to 1 @returns whether somebody still waits for the rest */
export type Tell = (share: number) => boolean;

export function streamProgress(c: AppContext, work: (tell: Tell) => Promise<object>): Response {
	const utf8 = new TextEncoder();
	let isGone = false;
	const lines = new ReadableStream<Uint8Array>({
		async start(controller) {
			const write = (line: object) => {
				if (!isGone) controller.enqueue(utf8.encode(`${JSON.stringify(line)}\n`));
			};
			// At once, so that the reader knows that the collector is at it.
			write({ progress: 0 });
			const tell: Tell = (progress) => {
				write({ progress });
				return !isGone;
			};
			try {
				write({ result: await work(tell) });
			} catch (error) {
				if (!(error instanceof Refusal)) {
					const stack = error instanceof Error ? error.stack : undefined;
					console.error(
						JSON.stringify({ level: "error", requestId: c.get("requestId"), route: c.req.routePath, stack }),
					);
				}
				const refusal =
					error instanceof Refusal
						? error
						: new Refusal(500, "internal", "A fault of the collector; send the request again.");
				write(refusal.answer());
			}
			if (!isGone) controller.close();
		},
		cancel() {
			isGone = true;
		},
	});
	return c.body(lines, 200, { "content-type": "application/x-ndjson; charset=utf-8" });
}
