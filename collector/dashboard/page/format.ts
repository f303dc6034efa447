/** Numbers, times and names as people read them, by language and the workspace's zone. */
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { Money } from "./records.ts";
import type { Words } from "./words/en/index.ts";
import { type Language, useLanguage, useWords } from "./words/index.ts";

export const ZoneContext = createContext("UTC");
/** Names of the workspace's goals. */
export const GoalsContext = createContext<readonly string[]>([]);

export interface Format {
	number(value: number): string;
	/** Up to one decimal, for shared-out credit. */
	decimal(value: number): string;
	/** @param share in [0, 1] */
	percent(share: number): string;
	/** A change as a share, with its sign: `+12.3 %`. */
	change(share: number): string;
	bytes(value: number): string;
	money(value: Money): string;
	/** @param t ISO 8601, or ms since the epoch */
	time(t: string | number): string;
	/** To the second: where moments are close together. */
	exact(t: string | number): string;
	/** Time of the day, to the second. */
	clock(t: string | number): string;
	date(t: string | number): string;
	/** `Jan 31`. @param date `2026-01-31`, in whatever zone */
	day(date: string): string;
	/** `3 min 12 s`; the two largest units. @param ms 0 or more */
	duration(ms: number): string;
	/** A name from the data (`page_viewed`, `wecom`) in the reader's words; unknown ones as they are, without underscores, with a capital. */
	name(name: string): string;
}

export function useFormat(): Format {
	const language = useLanguage();
	const words = useWords();
	const timeZone = useContext(ZoneContext);
	return useMemo(() => createFormat(language, timeZone, words), [language, timeZone, words]);
}

export function createFormat(language: Language, timeZone: string, words: Words): Format {
	const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
	const tenth = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
	const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
	const signed = new Intl.NumberFormat(language, {
		style: "percent",
		maximumFractionDigits: 1,
		signDisplay: "exceptZero",
	});
	const time = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "medium", timeStyle: "short" });
	const exact = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "medium", timeStyle: "medium" });
	const clock = new Intl.DateTimeFormat(language, { timeZone, timeStyle: "medium" });
	const date = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "medium" });
	const day = new Intl.DateTimeFormat(language, { timeZone: "UTC", month: "short", day: "numeric" });
	return {
		number: (value) => whole.format(value),
		decimal: (value) => tenth.format(value),
		percent: (value) => share.format(value),
		change: (value) => signed.format(value),
		bytes(value) {
			const units = ["B", "kB", "MB", "GB", "TB"];
			const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
			return `${tenth.format(value / 1000 ** step)} ${units[step]}`;
		},
		money: (value) => formatMoney(value, language),
		time: (t) => time.format(new Date(t)),
		exact: (t) => exact.format(new Date(t)),
		clock: (t) => clock.format(new Date(t)),
		date: (t) => date.format(new Date(t)),
		day: (one) => day.format(Date.parse(`${one}T00:00:00Z`)),
		duration: (ms) => formatDuration(ms, words),
		name: (name) => (Object.hasOwn(words.names, name) ? (words.names[name] ?? name) : readable(name)),
	};
}

function readable(name: string): string {
	const text = name.replaceAll("_", " ");
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Minor units by the currency's own number of decimals: 0 for JPY, 2 for CNY, 3 for KWD. */
function formatMoney({ amount, currency }: Money, language: Language): string {
	try {
		const format = new Intl.NumberFormat(language, { style: "currency", currency });
		return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
	} catch {
		return `${amount} ${currency}`; // No such currency: as it came.
	}
}

function formatDuration(ms: number, { units }: Words): string {
	const steps: [number, string][] = [
		[24 * 3600_000, units.day],
		[3600_000, units.hour],
		[60_000, units.minute],
		[1000, units.second],
	];
	let left = Math.round(ms / 1000) * 1000;
	const parts: string[] = [];
	for (const [unitMs, unit] of steps) {
		const count = Math.floor(left / unitMs);
		left -= count * unitMs;
		if (count > 0) parts.push(`${count} ${unit}`);
		else if (parts.length > 0) break;
	}
	return parts.slice(0, 2).join(" ") || `0 ${units.second}`;
}
