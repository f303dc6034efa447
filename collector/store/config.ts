/** What every object of a workspace must know; kept by the graph, copied to the shards. */
import type { IdentitySettings } from "../identity/index.ts";
import { completeJourneySettings, DEFAULT_JOURNEY_SETTINGS, type JourneySettings } from "../journey/settings.ts";

export interface WorkspaceSettings {
	identity: IdentitySettings;
	journey: JourneySettings;
	/** IANA zone of reports; the log itself is UTC. */
	timeZone: string;
	/** Unfolded events that a stream shard takes before it answers `overloaded`. */
	backlogEventsMax: number;
	/** Whole days after which an event's content goes; null: it stays. */
	retentionDays: number | null;
	/** Whole days without an event after which people are forgotten whole, `retentionDays` at least; null: they are not. */
	idleDays: number | null;
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
	/** The `settingsVersion` with which the rules of folding changed last; absent: the present one. */
	rulesSince?: number;
	settings: WorkspaceSettings;
}

/** What a workspace begins with. */
export const DEFAULT_SETTINGS: WorkspaceSettings = {
	identity: { phoneRegion: "CN", blocked: [] },
	journey: DEFAULT_JOURNEY_SETTINGS,
	timeZone: "UTC",
	backlogEventsMax: 200_000,
	retentionDays: null,
	idleDays: null,
};

/** Settings outlive the version that stored them: what they lack, since it came later, takes its default. */
export function completeSettings(stored: Partial<WorkspaceSettings>): WorkspaceSettings {
	return {
		...DEFAULT_SETTINGS,
		...stored,
		identity: { ...DEFAULT_SETTINGS.identity, ...stored.identity },
		journey: completeJourneySettings({ ...stored.journey }),
	};
}

/** Objects of a workspace wake beside each other and hold the same, of which more is made (rules compiled). At the limit all are forgotten. */
const configs = new Map<string, WorkspaceConfig>();
const CONFIGS_MAX = 100;

/**
 * @param json as an object of this or an older version stored it
 * @returns the same for the same: not to be changed
 */
export function readStoredConfig(json: string): WorkspaceConfig {
	let config = configs.get(json);
	if (config === undefined) {
		const stored = JSON.parse(json) as WorkspaceConfig;
		config = { ...stored, settings: completeSettings(stored.settings) };
		if (configs.size >= CONFIGS_MAX) configs.clear();
		configs.set(json, config);
	}
	return config;
}

/** Version of the derivation itself; raise it when a rule in the code changes, and history is re-folded. */
export const CODE_RULES_VERSION = 4;

/** What shards are told of. */
export function configVersion({ settingsVersion }: WorkspaceConfig): string {
	return `${CODE_RULES_VERSION}.${settingsVersion}`;
}

/** What heads are stamped with: those of another version are folded again. */
export function rulesVersion({ settingsVersion, rulesSince = settingsVersion }: WorkspaceConfig): string {
	return `${CODE_RULES_VERSION}.${rulesSince}`;
}

/** The same workspace under other settings. */
export function withSettings(config: WorkspaceConfig, settings: WorkspaceSettings): WorkspaceConfig {
	const settingsVersion = config.settingsVersion + 1;
	const { rulesSince = config.settingsVersion } = config;
	const isFolded = keepsFolds(config.settings, settings);
	return { ...config, settings, settingsVersion, rulesSince: isFolded ? rulesSince : settingsVersion };
}

/**
 * Whether what was folded under `before` stands. Heads say themselves from when on content is too old (`due`), so that a first limit of age
 * finds it. A lower one and none also decide when what went before is made unreadable, and with `idleDays` both decide when people are idle.
 */
function keepsFolds(before: WorkspaceSettings, after: WorkspaceSettings): boolean {
	const rulesOf = ({ identity, journey, idleDays }: WorkspaceSettings) => JSON.stringify([identity, journey, idleDays]);
	if (rulesOf(before) !== rulesOf(after)) return false;
	if (before.retentionDays === after.retentionDays) return true;
	return after.retentionDays !== null && after.retentionDays >= (before.retentionDays ?? 0) && after.idleDays === null;
}
