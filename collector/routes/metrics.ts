/**
 * `/metrics`: the workspace's state for Prometheus, under a secret key. Numbers only; nothing of a person.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { Hono } from "hono";
import { readStatus } from "../store/client.ts";
import { advanceReceipts } from "../store/receipts.ts";
import { allow } from "./access.ts";
import type { AppEnv } from "./http.ts";
import { checkNames } from "./query.ts";

export const metrics = new Hono<AppEnv>();

metrics.get("/metrics", allow("secret"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	await advanceReceipts(c.env, config);
	const status = await readStatus(c.env, config);
	const labels = `{workspace="${config.workspace}"}`;
	const rows: [name: string, kind: "gauge" | "counter", help: string, value: number][] = [
		["pending", "gauge", "Log rows and messages that chains do not show yet.", status.pending],
		["stuck", "gauge", "Streams whose folding fails.", status.stuck],
		["refolding", "gauge", "Streams waiting to be folded by new rules.", status.refolding],
		["aging", "gauge", "Shards that look for content beyond the limit of age.", status.aging],
		["erasing", "gauge", "Erasures under way.", status.erasing],
		[
			"postponed",
			"gauge",
			"Changes that wait for the next recompute of a very large group of identifiers.",
			status.postponed,
		],
		["backlog_events", "gauge", "Events logged and not folded.", status.backlogEvents],
		["rejections", "gauge", "Refused events kept for the owner to read.", status.rejections],
		["identified_streams", "gauge", "Streams that carry an identifier.", status.identifiedStreams],
		["database_bytes", "gauge", "Bytes of all objects' databases.", status.databaseBytes],
		["errors", "gauge", "Objects whose last work failed.", status.errors.length],
		["webhooks_waiting", "gauge", "Webhook calls that are due or will be repeated.", status.webhooks.waiting],
		["webhooks_failing", "gauge", "Of them, those that were not taken before.", status.webhooks.failing],
		["webhooks_delivered_total", "counter", "Webhook calls that were taken.", status.webhooks.delivered],
		["webhooks_dropped_total", "counter", "Webhook calls given up.", status.webhooks.dropped],
		["copies_total", "counter", "Logged events, repeats included.", status.delivery.copies],
		["duplicates_total", "counter", "Repeats among them.", status.delivery.duplicates],
		[
			"lost_total",
			"counter",
			"Events of the browser script that it numbered and that never came.",
			status.delivery.lost,
		],
		["retries_total", "counter", "Batches that the script had to send again.", status.delivery.retries],
		[
			"evicted_total",
			"counter",
			"Events that the script dropped by a cap of its queue, as it reports.",
			status.delivery.evicted,
		],
		[
			"set_aside_total",
			"counter",
			"Events that the script set aside, refused even alone, as it reports.",
			status.delivery.setAside,
		],
		[
			"same_message_ids",
			"gauge",
			"Contacts that chains leave out, since one of the same messageId from another stream is shown.",
			status.delivery.sameMessageIds,
		],
	];
	c.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
	return c.body(
		rows
			.map(([name, kind, help, value]) => {
				const full = `strand_${name}`;
				return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${full}${labels} ${value}\n`;
			})
			.join(""),
	);
});
