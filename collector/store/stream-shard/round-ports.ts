/** What a stream shard lends to a round of its folding. */
import type { WorkspaceConfig } from "../config.ts";
import type { Outbound } from "../links.ts";
import type { GraphDoor, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import type { Retention } from "./aging.ts";
import type { HeadStore } from "./head-store.ts";
import type { StreamLimits } from "./limits.ts";
import type { FoldRules } from "./rules.ts";
import type { ShardRows } from "./shard-rows.ts";

export interface RoundPorts {
	sql: Sql;
	rows: ShardRows;
	heads: HeadStore;
	alarm: Alarm;
	peers: Peers<GraphDoor, StreamDoor, ProfileDoor>;
	outbound: Outbound;
	limits: StreamLimits;
	/** Of this shard. */
	index: number;
	config: WorkspaceConfig;
	rules: FoldRules;
	/** How much content goes by age. */
	retention: Retention;
	/** The stream after which heads are to be looked at for content that is too old; null: this round looks at none. */
	aging: string | null;
	/** Whether the settings are still those that the round began with. */
	isCurrent: () => boolean;
}
