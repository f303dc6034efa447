/** Erasure of a person: `DELETE /v1/profiles/{id}`, and its receipt. */
import { Hono } from "hono";
import { graphOf } from "../store/client.ts";
import { beginErasure, planErasure } from "../store/erasure.ts";
import { BEGUN } from "../store/receipt-state.ts";
import { advanceReceipt } from "../store/receipts.ts";
import { allow } from "./access.ts";
import { type AppEnv, Refusal } from "./http.ts";
import { checkNames } from "./query.ts";

export const erasures = new Hono<AppEnv>();

erasures.delete("/profiles/:id", allow("secret"), async (c) => {
	const { config } = c.var.access;
	const plan = await planErasure(c.env, config, c.req.param("id"));
	if (plan === null) throw new Refusal(404, "not_found", "No such profile.");
	const receipt = `erasure-${crypto.randomUUID()}`;
	await graphOf(c.env, config.workspace).keepReceipt(receipt, BEGUN);
	const answer = await beginErasure(c.env, config, plan, receipt, Date.now());
	if (answer !== "ok") throw new Refusal(503, "overloaded", "Not begun; ask again.", { retryAfter: 5 });
	return c.json({ receipt }, 202);
});

/** For the owner's records: when each erasure was asked for and when it was found done. Whom it took is known nowhere. */
erasures.get("/erasures", allow("read"), async (c) => {
	checkNames(c, []);
	const { config } = c.var.access;
	const graph = graphOf(c.env, config.workspace);
	for (const receipt of await graph.openReceipts()) await advanceReceipt(c.env, config, receipt);
	const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
	const all = await graph.listErasures();
	return c.json({
		erasures: all.map(({ receipt, askedAt, doneAt }) => ({
			receipt,
			status: doneAt === null ? "pending" : "done",
			askedAt: iso(askedAt),
			doneAt: iso(doneAt),
		})),
	});
});

/** `done` once everything that lay in the collector when it was asked for is gone; what came since does not hold it up. */
erasures.get("/erasures/:receipt", allow("read"), async (c) => {
	checkNames(c, []);
	const receipt = c.req.param("receipt");
	const status = await advanceReceipt(c.env, c.var.access.config, receipt);
	if (status === null) throw new Refusal(404, "not_found", "No such receipt.");
	return c.json({ receipt, status });
});
