#!/usr/bin/env node
/** The `strand` command: hands over to the CLI, under a Node that can run it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { become, root } from "./prepare.mjs";

// An installed package carries the CLI built, which any Node that it supports can run.
const source = join(root, "collector", "node", "cli.ts");
if (existsSync(source)) become(source, process.argv.slice(2));
else await import(pathToFileURL(join(root, "dist", "node", "cli.mjs")).href);
