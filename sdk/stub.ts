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
			get: (target, method: "q") => target[method] || ((...args: unknown[]) => queue.push([method, args, new Date()])),
		},
	);
// The script, once it has come, empties the queue. A visitor who refused is not told of.
addEventListener(
	"pagehide",
	() =>
		queue[0] &&
		!queue.some(([, args]) => `${args}` === "denied") &&
		navigator.sendBeacon(
			STRAND_URL,
			JSON.stringify({
				batch: queue.map(([type, [name, facts], timestamp]) => ({
					type,
					// Of the two that are sent, `identify` stands before this letter and `track` behind it; the collector refuses the rest.
					...(type < "j" ? { userId: name, traits: facts } : { event: name, properties: facts }),
					timestamp,
				})),
			}),
		),
);
