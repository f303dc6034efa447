/**
 * The second part of the script: what is seldom needed, or not at once. `strand.js` loads it from beside
 * itself, the bundled script imports it, and until it comes nothing is lost: events wait in the queue, and what
 * happened in the page waits in the tracker.
 */
import { type CreateRecovery, createRecovery } from "./delivery/recovery.ts";
import { startWatch } from "./watch-page.ts";

export interface Late {
	createRecovery: CreateRecovery;
	startWatch: typeof startWatch;
}

export const late: Late = { createRecovery, startWatch };
