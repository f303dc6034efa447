/** `npm start` and `npm run demo`: makes a bare clone ready, then runs `strand start`, or `strand demo` where that is asked for. */

import { join } from "node:path";
import { become, ensureBuilt, ensureInstalled, root } from "./prepare.mjs";

ensureInstalled();
ensureBuilt();
const args = process.argv.slice(2);
become(join(root, "collector", "node", "cli.ts"), args[0] === "demo" ? args : ["start", ...args]);
