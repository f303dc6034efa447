/**
 * What can be set about a collector on this machine: in `strand.json` of the current folder (or the file
 * that STRAND_CONFIG names), by a variable of the environment, which goes before the file, or by a
 * command's option, which goes before both. Everything is checked before anything starts.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

interface Rule {
	/** Variable of the environment; of limits also the name of the Worker's binding (`collector/env.ts`). */
	variable: string;
	/** `[least, greatest]` of a whole number, or the pattern of a text. */
	allows: readonly [number, number] | RegExp;
	/** Completes "must be …" where `allows` is a pattern. */
	words?: string;
	isLimit?: true;
}

/** Name in the file → rule. */
export const SETTINGS = {
	port: { variable: "PORT", allows: [0, 65_535] },
	data: { variable: "STRAND_DATA", allows: /./, words: "the path of a folder" },
	clientAddressHeader: {
		variable: "CLIENT_ADDRESS_HEADER",
		allows: /^[A-Za-z0-9-]+$/,
		words: "the name of an HTTP header",
		isLimit: true,
	},
	rateLimitPerMinute: { variable: "RATE_LIMIT_PER_MINUTE", allows: [0, 1_000_000], isLimit: true },
	backlogEventsMax: { variable: "BACKLOG_EVENTS_MAX", allows: [1, 10_000_000], isLimit: true },
	webhookPrivateAddresses: { variable: "WEBHOOK_PRIVATE_ADDRESSES", allows: [0, 1], isLimit: true },
	foldDelayMs: { variable: "FOLD_DELAY_MS", allows: [0, 3_600_000], isLimit: true },
	streamShards: { variable: "STREAM_SHARD_COUNT", allows: [1, 256] },
	profileShards: { variable: "PROFILE_SHARD_COUNT", allows: [1, 256] },
	heapMbMax: { variable: "HEAP_MB_MAX", allows: [64, 65_536] },
} as const satisfies Record<string, Rule>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [Name in SettingName]?: string | undefined };

/** A fault that the user can mend, in one line a fault. */
export class SettingsError extends Error {}

const FILE = "strand.json";

/**
 * @param options given on the command line
 * @returns what is set; absent names have their default
 * @throws SettingsError that names the file or variable, the setting, what it must be and what it is
 */
export function readSettings(options: Settings = {}, env: NodeJS.ProcessEnv = process.env): Settings {
	const faults: string[] = [];
	const settings: Settings = {};
	const set = (name: SettingName, value: unknown, where: string) => {
		const fault = findFault(SETTINGS[name], value);
		if (fault === null) settings[name] = String(value);
		else faults.push(`${where} must be ${fault}; it is ${JSON.stringify(value)}.`);
	};
	const { path, content } = readFile(env);
	for (const [name, value] of Object.entries(content)) {
		if (!(name in SETTINGS)) {
			faults.push(`${path} sets "${name}", which is none of ${Object.keys(SETTINGS).join(", ")}.`);
		} else if (name === "data" && typeof value === "string" && value !== "") {
			settings.data = resolve(dirname(path), value);
		} else {
			set(name as SettingName, value, `${name} in ${path}`);
		}
	}
	for (const [name, { variable }] of Object.entries(SETTINGS) as [SettingName, Rule][]) {
		// An empty variable is how a shell script says nothing.
		if (env[variable]) set(name, env[variable], variable);
		if (options[name] !== undefined) set(name, options[name], `--${name}`);
	}
	if (faults.length > 0) throw new SettingsError(faults.join("\n"));
	return settings;
}

/** What the Worker is told of `settings`, by the names of its bindings. */
export function limitsOf(settings: Settings): Record<string, string> {
	const set = (Object.entries(SETTINGS) as [SettingName, Rule][]).filter(([, { isLimit }]) => isLimit === true);
	return Object.fromEntries(
		set.flatMap(([name, { variable }]) => (settings[name] === undefined ? [] : [[variable, settings[name]]])),
	);
}

function readFile(env: NodeJS.ProcessEnv): { path: string; content: object } {
	const path = resolve(env.STRAND_CONFIG || FILE);
	if (!existsSync(path)) {
		if (env.STRAND_CONFIG) throw new SettingsError(`STRAND_CONFIG names ${path}, which does not exist.`);
		return { path, content: {} };
	}
	let content: unknown;
	try {
		content = JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		throw new SettingsError(`${path} is not JSON: ${(error as Error).message}`);
	}
	if (typeof content !== "object" || content === null || Array.isArray(content))
		throw new SettingsError(`${path} must hold one JSON object.`);
	return { path, content };
}

/** Completes "must be …", or `null` for a good value. Numbers may stand as text, as in the environment. */
function findFault({ allows, words }: Rule, value: unknown): string | null {
	if (allows instanceof RegExp) return typeof value === "string" && allows.test(value) ? null : String(words);
	const [least, greatest] = allows;
	const isNumber = typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
	const number = Number(value);
	return isNumber && Number.isInteger(number) && number >= least && number <= greatest
		? null
		: `a whole number from ${least} to ${greatest}`;
}
