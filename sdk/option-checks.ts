/**
 * Tells the developer at once what is wrong with his options. The script tag goes without these checks:
 * nobody reads its console, and a wrong attribute must not cost the page its events.
 */
import type { Options } from "./options.ts";

type Kind = "text" | "list" | "switch" | "code";

/** Every option with its kind. `code` can be set by `init` only. */
export const OPTION_KINDS = {
	writeKey: "text",
	endpoint: "text",
	consent: "text",
	gpc: "text",
	dnt: "switch",
	pageViews: "switch",
	engagedTime: "switch",
	links: "switch",
	forms: "switch",
	vitals: "switch",
	hash: "switch",
	scrub: "list",
	internalHosts: "list",
	crossDomains: "list",
	conversions: "list",
	cookieDomain: "text",
	beforeSend: "code",
	onError: "code",
	observers: "code",
} as const satisfies Record<keyof Options, Kind>;

const CHOICES: { readonly [option: string]: readonly string[] } = {
	consent: ["denied", "anonymous", "granted"],
	gpc: ["sharing", "deny", "ignore"],
};

const CHECKS: Record<Kind, (value: unknown) => boolean> = {
	text: (value) => typeof value === "string" && value !== "",
	switch: (value) => typeof value === "boolean",
	list: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
	code: (value) => typeof value === "function" || Array.isArray(value),
};

const isOption = (name: string): name is keyof Options => name in OPTION_KINDS;

/**
 * @throws TypeError on an unknown option, a wrong kind of value, or a missing `writeKey` or `endpoint`
 */
export function checkOptions(options: Options): Options & { endpoint: string } {
	for (const [name, value] of Object.entries(options || {})) {
		if (value === undefined) continue;
		const choices = CHOICES[name];
		if (!isOption(name) || !CHECKS[OPTION_KINDS[name]](value) || (choices && !choices.includes(value as string))) {
			throw new TypeError(`strand: option "${name}" is ${isOption(name) ? "wrong" : "unknown"}`);
		}
	}
	const endpoint = options?.endpoint;
	if (!options?.writeKey) throw new TypeError("strand: writeKey is missing");
	if (!endpoint || !/^https?:\/\//.test(endpoint)) throw new TypeError("strand: endpoint is no http(s) address");
	return { ...options, endpoint: endpoint.replace(/\/+$/, "") };
}
