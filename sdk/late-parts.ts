/**
 * The second part of the script: what is seldom needed, or not at once. `strand.js` loads it from beside
 * itself, the bundled script imports it, and until it comes nothing is lost: events wait in the queue.
 */
import { type CreateRecovery, createRecovery } from "./delivery/recovery.ts";
import { sendBetter } from "./delivery/send-better.ts";
import { describeFault } from "./page/describe-fault.ts";
import { wrapHistory } from "./page/history-wrap.ts";
import { joinTabs } from "./visitor/tabs.ts";

export interface Late {
	createRecovery: CreateRecovery;
	describeFault: typeof describeFault;
	joinTabs: typeof joinTabs;
	sendBetter: typeof sendBetter;
	wrapHistory: typeof wrapHistory;
}

export const late: Late = { createRecovery, describeFault, joinTabs, sendBetter, wrapHistory };
