/** Erasure of a person: `DELETE /v1/profiles/{id}`, and its receipt. */
import { Hono } from "hono";
import { graphOf, readStatus } from "../store/client.ts";
import { beginErasure, planErasure } from "../store/erasure.ts";
import { allow } from "./access.ts";
import { type AppEnv, Refusal } from "./http.ts";

export const erasures = new Hono<AppEnv>();

erasures.delete("/profiles/:id", allow("secret"), async (c) => {
	const { config } = c.var.access;
	const plan = await planErasure(c.env, config, c.req.param("id"));
	if (plan === null) throw new Refusal(404, "not_found", "No such profile.");
	const receipt = `erasure-${crypto.randomUUID()}`;
	await graphOf(c.env, config.workspace).keepReceipt(receipt);
	const answer = await beginErasure(c.env, config, plan, receipt, Date.now());
	if (answer !== "ok") throw new Refusal(503, "overloaded", "Not begun; ask again.", { retryAfter: 5 });
	return c.json({ receipt }, 202);
});

/** `done` once nothing that was under way when it was asked for is under way any more. */
erasures.get("/erasures/:receipt", allow("read"), async (c) => {
	const { config } = c.var.access;
	const graph = graphOf(c.env, config.workspace);
	const receipt = c.req.param("receipt");
	const state = await graph.readReceipt(receipt);
	if (state === null) throw new Refusal(404, "not_found", "No such receipt.");
	if (state === "done") return c.json({ receipt, status: "done" });
	const { pending, stuck } = await readStatus(c.env, config);
	if (pending + stuck > 0) return c.json({ receipt, status: "pending" });
	await graph.finishReceipt(receipt);
	return c.json({ receipt, status: "done" });
});
