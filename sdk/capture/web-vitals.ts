/**
 * Core Web Vitals by Google's own library, each metric once: the library repeats a metric's callback
 * under one id when a page is hidden several times (https://github.com/GoogleChrome/web-vitals#report-only-the-delta-of-changes).
 */
import { type Metric, onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
import type { Observer } from "../page/observer.ts";
import { SCRIPT_EVENTS } from "../wire.ts";

/** Measures Core Web Vitals: one `Web Vital` a metric. */
export const vitals: Observer = (emit, page) => {
	const reported: Record<string, true> = {};
	const report = page.guard(({ id, name, value, rating, navigationType }: Metric): void => {
		if (reported[id]) return;
		reported[id] = true;
		// Layout shift is a share below one; the others are milliseconds.
		const properties = { id, name, value: Math.round(value * 1000) / 1000, rating, navigationType };
		emit({ type: "track", event: SCRIPT_EVENTS.webVital, properties, kind: "vital" });
	});
	for (const observe of [onCLS, onFCP, onINP, onLCP, onTTFB]) observe(report);
};
