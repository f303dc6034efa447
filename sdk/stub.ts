/**
 * What stands in the page before the script tag, so that `strand.track(…)` works before the script has
 * come: calls wait in `strand.q` with their times. If the script never comes (blocked, or the page was
 * left too soon), one small beacon sends what was tracked and identified. At most 350 bytes built,
 * without the address; `npm run size` holds it to that.
 */
import type { EarlyCall } from "./tracker.ts";

/** The collector's `/v1/batch?writeKey=…`: replaced where the stub is pasted. */
declare const STRAND_URL: string;

declare const self: { strand: object | undefined };
const queue: EarlyCall[] = [];
self.strand =
	self.strand ||
	new Proxy(
		{ q: queue },
		// Any method may be called early; what it would answer is not known yet.
		{
			get: (target, method: "q") => target[method] || ((...args: unknown[]) => queue.push([method, args, Date.now()])),
		},
	);
// The script, once it has come, empties the queue.
addEventListener(
	"pagehide",
	() =>
		queue[0] &&
		navigator.sendBeacon(
			STRAND_URL,
			JSON.stringify({
				batch: queue.map(([type, [name, facts], at]) => ({
					type,
					...(type === "identify" ? { userId: name, traits: facts } : { event: name, properties: facts }),
					originalTimestamp: new Date(at),
				})),
			}),
		),
);
