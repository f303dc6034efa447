/**
 * Settings made ready for use, and the three verdicts that need nothing but the touchpoint itself:
 * stage, goal, and whether it earns credit.
 */
import type { Stage, Touchpoint } from "../model.ts";
import { CHANNELS, type ChannelDefaults } from "./channels.ts";
import { buildMapping, type MappingTable } from "./mapping.ts";
import { snakeCase } from "./names.ts";
import type { JourneySettings, Match } from "./settings.ts";

type Test = (touchpoint: Touchpoint) => boolean;

export interface Rules {
	mapping: MappingTable;
	channels: ReadonlyMap<string, ChannelDefaults>;
	currency: string;
	stageOf(touchpoint: Touchpoint): Stage | undefined;
	goalOf(touchpoint: Touchpoint): string | undefined;
	/** By the rule table alone; that no human did it, or that its session is a bounce, is judged elsewhere. */
	earnsCredit(touchpoint: Touchpoint): boolean;
	/** The host, or one above it, is internal, takes payments or signs people on. */
	isNoSource(host: string): boolean;
}

const prepared = new WeakMap<JourneySettings, Rules>();

/** The same settings object is compiled once; a pure function of it all the same. */
export function prepareRules(settings: JourneySettings): Rules {
	const known = prepared.get(settings);
	if (known !== undefined) return known;
	const rules = compileRules(settings);
	prepared.set(settings, rules);
	return rules;
}

function compileRules(settings: JourneySettings): Rules {
	const stages = settings.stages.map((rule) => ({ test: compileMatch(rule.match), stage: rule.stage }));
	const goals = settings.goals.map((goal) => ({ test: compileMatch(goal.match), name: goal.name }));
	const effective = settings.effective.map((rule) => ({ test: compileMatch(rule.match), effective: rule.effective }));
	const hosts = new Set([...settings.hosts.internal, ...settings.hosts.payment, ...settings.hosts.signOn]);
	return {
		mapping: buildMapping(settings.map),
		channels: new Map(Object.entries({ ...CHANNELS, ...settings.channels })),
		currency: settings.currency,
		stageOf: (touchpoint) => stages.find((rule) => rule.test(touchpoint))?.stage,
		goalOf: (touchpoint) => goals.find((goal) => goal.test(touchpoint))?.name,
		earnsCredit: (touchpoint) => effective.find((rule) => rule.test(touchpoint))?.effective ?? true,
		isNoSource: (host) => isUnder(host, hosts),
	};
}

function compileMatch(match: Match): Test {
	const tests: Test[] = [];
	if (match.type !== undefined) {
		// A goal may be written as the event is called; types are in snake case.
		const types = match.type.map((word) => (word.includes("*") ? word : snakeCase(word)));
		tests.push(compileWords(types, (touchpoint) => touchpoint.type));
	}
	if (match.channel !== undefined) tests.push(compileWords(match.channel, (touchpoint) => touchpoint.channel));
	if (match.objectKind !== undefined)
		tests.push(compileWords(match.objectKind, (touchpoint) => touchpoint.object?.kind));
	if (match.pathname !== undefined) tests.push(compileWords(match.pathname, (touchpoint) => touchpoint.page?.path));
	if (match.direction !== undefined) tests.push((touchpoint) => touchpoint.direction === match.direction);
	if (match.online !== undefined) tests.push((touchpoint) => touchpoint.online === match.online);
	return (touchpoint) => tests.every((test) => test(touchpoint));
}

function compileWords(words: readonly string[], read: (touchpoint: Touchpoint) => string | undefined): Test {
	const exact = new Set(words.filter((word) => !word.includes("*")));
	const patterns = words.filter((word) => word.includes("*")).map((word) => word.split("*"));
	return (touchpoint) => {
		const text = read(touchpoint);
		if (text === undefined) return false;
		return exact.has(text) || patterns.some((parts) => matchesParts(text, parts));
	};
}

/** Glob without regular expressions, so that no pattern of a user can take exponential time. */
function matchesParts(text: string, parts: readonly string[]): boolean {
	const first = parts[0] ?? "";
	const last = parts[parts.length - 1] ?? "";
	if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
	let at = first.length;
	const end = text.length - last.length;
	for (const part of parts.slice(1, -1)) {
		const found = text.indexOf(part, at);
		if (found < 0 || found + part.length > end) return false;
		at = found + part.length;
	}
	return true;
}

function isUnder(host: string, hosts: ReadonlySet<string>): boolean {
	for (let name = host.toLowerCase(); name !== ""; ) {
		if (hosts.has(name)) return true;
		const dot = name.indexOf(".");
		name = dot < 0 ? "" : name.slice(dot + 1);
	}
	return false;
}
