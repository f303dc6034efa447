#!/usr/bin/env node
/** The `strand` command: hands over to the CLI, under a Node that can run it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { become, root } from "./prepare.mjs";

// Node runs no TypeScript below node_modules, so an installed package carries the CLI built.
const built = join(root, "dist", "node", "cli.mjs");
const source = join(root, "collector", "node", "cli.ts");
become(root.includes("node_modules") && existsSync(built) ? built : source, process.argv.slice(2));
