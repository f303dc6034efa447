/** Amounts as senders write them (decimal major units) into integer minor units of ISO 4217. */
import type { JsonObject, Money } from "../model.ts";
import { readNumber, readObject, readText } from "./fields.ts";

/**
 * Minor-unit digits of the currencies that do not have two.
 * @see ISO 4217 list one, column "CcyMnrUnts", https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
const MINOR_DIGITS = new Map<string, number>([
	...[
		"BIF",
		"CLP",
		"DJF",
		"GNF",
		"ISK",
		"JPY",
		"KMF",
		"KRW",
		"PYG",
		"RWF",
		"UGX",
		"UYI",
		"VND",
		"VUV",
		"XAF",
		"XOF",
		"XPF",
	].map((code): [string, number] => [code, 0]),
	...["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map((code): [string, number] => [code, 3]),
	["CLF", 4],
	["UYW", 4],
]);

/** `revenue` is money by Segment's spec wherever it stands; the others only beside a currency or in a row that says so. */
const AMOUNT_KEYS = ["revenue", "total", "value"] as const;

/**
 * @param major decimal amount in major units, for example 12.5
 * @returns integer minor units, half away from zero; undefined when it passes the safe integers
 */
export function toMinorUnits(major: number, currency: string): number | undefined {
	const digits = MINOR_DIGITS.get(currency) ?? 2;
	const text = String(Math.abs(major));
	// Shifting the decimal text keeps 1.005 exact, where multiplying gives 100.49999999999999.
	const minor = Math.round(text.includes("e") ? Math.abs(major) * 10 ** digits : Number(`${text}e${digits}`));
	return Number.isSafeInteger(minor) ? Math.sign(major) * minor || 0 : undefined;
}

/** @returns an upper-case code of three letters, whether or not ISO lists it */
export function readCurrency(value: unknown): string | undefined {
	const code = readText(value)?.toUpperCase();
	return code !== undefined && /^[A-Z]{3}$/.test(code) ? code : undefined;
}

/**
 * The value of an event by its properties: the first of `revenue`, `total`, `value` that is a number.
 *
 * @param isPriced the event is known to carry money, so that a currency may be missing
 * @param currencyDefault ISO 4217, for amounts without a currency
 * @param kind names the amount; the property's own name where absent
 */
export function readPropertiesValue(
	properties: JsonObject | undefined,
	isPriced: boolean,
	currencyDefault: string,
	kind?: string,
): Money | undefined {
	if (properties === undefined) return undefined;
	const given = readCurrency(properties.currency);
	for (const key of AMOUNT_KEYS) {
		const major = readNumber(properties[key]);
		if (major === undefined || (given === undefined && !isPriced && key !== "revenue")) continue;
		const currency = given ?? currencyDefault;
		const amount = toMinorUnits(major, currency);
		if (amount !== undefined) return { amount, currency, kind: kind ?? key };
	}
	return undefined;
}

/** The `value` of a `touch`: `{amount, currency, kind?}` with an integer amount of minor units, else nothing. */
export function readTouchValue(value: unknown): Money | undefined {
	const from = readObject(value);
	const currency = readCurrency(from?.currency);
	const amount = from?.amount;
	if (currency === undefined || typeof amount !== "number" || !Number.isSafeInteger(amount)) return undefined;
	const kind = readText(from?.kind);
	return kind === undefined ? { amount, currency } : { amount, currency, kind };
}
