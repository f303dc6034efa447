/** Global set-up of the e2e project: what is tested is what is built, from the sources as they are now. */

import { ensureBuilt } from "../../collector/node/prepare.mjs";

export function setup(): void {
	ensureBuilt();
}
