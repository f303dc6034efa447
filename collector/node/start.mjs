/** `npm start`: makes a bare clone ready, then runs `strand start`. */

import { join } from "node:path";
import { become, ensureBuilt, ensureInstalled, root } from "./prepare.mjs";

ensureInstalled();
ensureBuilt();
become(join(root, "collector", "node", "cli.ts"), ["start", ...process.argv.slice(2)]);
