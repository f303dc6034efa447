/** What every object of a workspace must know; kept by the graph, copied to the shards. */
import type { IdentitySettings } from "../identity/index.ts";
import type { JourneySettings } from "../journey/settings.ts";

export interface WorkspaceSettings {
	identity: IdentitySettings;
	journey: JourneySettings;
	/** IANA zone of reports; the log itself is UTC. */
	timeZone: string;
	/** Unfolded events that a stream shard takes before it answers `overloaded`. */
	backlogEventsMax: number;
	/** Whole days after which an event's content goes; null: it stays. */
	retentionDays: number | null;
}

export interface WorkspaceConfig {
	workspace: string;
	/** Keys every hash of an identifier; never leaves the collector. */
	secret: string;
	/** FIXED FOR EVER: where a stream or profile lies follows from it. */
	streamShards: number;
	/** FIXED FOR EVER. */
	profileShards: number;
	/** Made as a test: it may be emptied. Fixed for ever; absent for what holds real people. */
	isTest?: true;
	/** Goes up with each change of `settings`. */
	settingsVersion: number;
	settings: WorkspaceSettings;
}

/** Version of the derivation itself; raise it when a rule in the code changes, and history is re-folded. */
export const CODE_RULES_VERSION = 4;

/** What heads are stamped with: those of another version are folded again. */
export function rulesVersion(config: WorkspaceConfig): string {
	return `${CODE_RULES_VERSION}.${config.settingsVersion}`;
}
