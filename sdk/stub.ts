/**
 * What stands in the page before the script tag, so that `strand.track(…)` works before the script has
 * come: calls wait in `strand.q` with their times. If the script never comes (blocked, too new for the
 * browser, or the page was left too soon), one small beacon sends the calls as they are, and the collector
 * takes what was tracked and identified. At most 350 bytes built, without the address; `npm run size` holds
 * it to that.
 *
 * In the syntax of ES5, held by a test: in a browser too old for the script the page's own calls must not
 * become errors of the page.
 */
import type { EarlyCall } from "./tracker.ts";

/** The collector's `/v1/batch?writeKey=…`: replaced where the stub is pasted. */
declare var STRAND_URL: string;

type Stub = EarlyCall[] & { q?: EarlyCall[] } & { [method: string]: unknown };
declare var self: { strand: Stub | undefined };

// The queue carries the methods itself.
var stub = [] as unknown as Stub;
if (!self.strand) {
	self.strand = stub.q = stub;
	// Whatever changes what is known; what each of them answers is not known yet.
	"track page identify alias group reset consent".replace(/\w+/g, ((method: string) => {
		stub[method] = function () {
			stub.push([method, arguments as unknown as unknown[], new Date()]);
		};
	}) as never);
	// The script, once it has come, empties the queue. A visitor who refused is not told of: `consent` with `arguments`, or
	// with an array, as consent tools are followed.
	addEventListener("pagehide", () => {
		var body = JSON.stringify({ batch: stub });
		if (stub[0] && !/nt",[[{"0:]+denied/.test(body) && navigator.sendBeacon) navigator.sendBeacon(STRAND_URL, body);
	});
}
