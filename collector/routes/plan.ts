/** The tracking plan, and how events differed from it. */
import { Hono } from "hono";
import { parsePlan } from "../ingest/index.ts";
import { graphOf, streamShardOf } from "../store/client.ts";
import { allow, forgetAccess } from "./access.ts";
import { type AppEnv, Refusal } from "./http.ts";
import { checkNames, readCount } from "./query.ts";
import { readObject } from "./read-body.ts";

export const plan = new Hono<AppEnv>();

const DAY_MS = 24 * 3600_000;
const DAYS_USUAL = 7;
const DAYS_MAX = 30;

plan.get("/plan", allow("read"), (c) => {
	checkNames(c, []);
	return c.json({ plan: c.var.access.plan });
});

/** Holds within 30 s for all senders. */
plan.put("/plan", allow("secret"), async (c) => {
	const parsed = parsePlan(await readObject(c));
	if (!parsed.ok) throw new Refusal(400, "bad_field", parsed.message, { field: parsed.field });
	await graphOf(c.env, c.var.access.config.workspace).setPlan(parsed.value);
	forgetAccess();
	return c.json({ plan: parsed.value });
});

plan.delete("/plan", allow("secret"), async (c) => {
	await graphOf(c.env, c.var.access.config.workspace).setPlan(null);
	forgetAccess();
	return c.body(null, 204);
});

/** The commonest first, over the last days; repeats of a batch count again. */
plan.get("/plan/warnings", allow("read"), async (c) => {
	checkNames(c, ["days"]);
	const { config } = c.var.access;
	const days = readCount(c, "days", DAYS_MAX) ?? DAYS_USUAL;
	const since = Math.floor(Date.now() / DAY_MS) - days + 1;
	const shards = await Promise.all(
		Array.from({ length: config.streamShards }, (_, index) =>
			streamShardOf(c.env, config.workspace, index).planWarnings(since),
		),
	);
	const byProblem = Map.groupBy(shards.flat(), ({ event, problem, property }) =>
		JSON.stringify([event, problem, property]),
	);
	const warnings = [...byProblem.values()].flatMap((counted) => {
		const latest = counted.reduce((a, b) => (b.at > a.at ? b : a));
		const { event, problem, property, messageId, at } = latest;
		const count = counted.reduce((sum, one) => sum + one.count, 0);
		return [{ event, problem, property, count, lastAt: new Date(at).toISOString(), messageId }];
	});
	warnings.sort((a, b) => b.count - a.count || (a.event < b.event ? -1 : 1));
	return c.json({ warnings });
});
