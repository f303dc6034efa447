/** `GET /v1/schema`: what each table of the exports has. */
import { Hono } from "hono";
import { CHANGE_COLUMNS, TABLES } from "../export/index.ts";
import { allow } from "./access.ts";
import type { AppEnv } from "./http.ts";
import { checkNames } from "./query.ts";

export const schema = new Hono<AppEnv>();

schema.get("/schema", allow("read"), (c) => {
	checkNames(c, []);
	return c.json({ tables: Object.values(TABLES), changeFeed: CHANGE_COLUMNS });
});
