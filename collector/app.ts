/** The Hono app: every route, and what all answers have in common. */
import { Hono } from "hono";
import { analyses } from "./routes/analyses.ts";
import { assets } from "./routes/assets.ts";
import { dashboard } from "./routes/dashboard.ts";
import { erasures } from "./routes/erasures.ts";
import { exportsRoutes } from "./routes/exports.ts";
import { followLink } from "./routes/follow-link.ts";
import { type AppEnv, Refusal } from "./routes/http.ts";
import { imports } from "./routes/imports.ts";
import { ingest } from "./routes/ingest.ts";
import { internal } from "./routes/internal.ts";
import { metrics } from "./routes/metrics.ts";
import { openapi } from "./routes/openapi.ts";
import { operations } from "./routes/operations.ts";
import { plan } from "./routes/plan.ts";
import { profiles } from "./routes/profiles.ts";
import { schema } from "./routes/schema.ts";
import { segment } from "./routes/segment.ts";
import { shareLinks } from "./routes/share-links.ts";
import { workspace } from "./routes/workspace.ts";

export const app = new Hono<AppEnv>();

app.use(async (c, next) => {
	c.set("requestId", crypto.randomUUID());
	await next();
	c.header("x-request-id", c.get("requestId"));
});

app.get("/healthz", (c) => c.text("ok"));
app.route("/internal", internal);
app.route("/v1", ingest);
// Where RudderStack's script sends its beacons.
app.route("/beacon/v1", ingest);
app.route("/", segment);
app.route("/v1", exportsRoutes);
app.route("/v1", schema);
app.route("/v1", analyses);
app.route("/v1", imports);
app.route("/", openapi);
app.route("/v1", profiles);
app.route("/v1", erasures);
app.route("/v1", operations);
app.route("/v1", workspace);
app.route("/", metrics);
app.route("/v1", plan);
app.route("/v1", shareLinks);
app.route("/", followLink);
app.route("/", assets);
app.route("/", dashboard);

const METHODS = ["GET", "POST", "PUT", "DELETE"] as const;

/** An address that answers to other methods says to which. */
app.notFound((c) => {
	const allowed = METHODS.filter((method) =>
		app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
	);
	if (allowed.length === 0) return c.json(new Refusal(404, "not_found", "No such address.").answer(), 404);
	const names = allowed.join(", ");
	c.header("allow", names);
	if (c.req.method === "OPTIONS") return c.body(null, 204);
	return c.json(new Refusal(405, "method_not_allowed", `This address answers to ${names} only.`).answer(), 405);
});

app.onError((error, c) => {
	c.header("x-request-id", c.get("requestId"));
	if (error instanceof Refusal) {
		if (error.retryAfter !== undefined) c.header("retry-after", String(error.retryAfter));
		return c.json(error.answer(), error.status);
	}
	// A fault of ours: the log gets the stack and no content, the sender a code and the id to quote.
	console.error(
		JSON.stringify({
			level: "error",
			requestId: c.get("requestId"),
			method: c.req.method,
			route: c.req.routePath,
			stack: error.stack,
		}),
	);
	return c.json(new Refusal(500, "internal", "A fault of the collector; send the request again.").answer(), 500);
});
