/**
 * Rule 3, phones: E.164 with the workspace's region.
 */
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";

/** A contact's link, and a bracket around the country code: `tel:+86…`, `(+86)138…`. */
const OPENING = /^\s*(?:tel:)?\s*(?:[(（](?=\s*[+＋]))?/iu;
/** Marks of writing direction and the like, which nobody sees and phones copy along. */
const UNSEEN = /\p{Cf}/gu;

/**
 * The smallest metadata is meant: it knows lengths and general patterns, so that a newly allotted
 * range is a phone here before the library hears of it. A number with an extension is a switchboard's,
 * whose people E.164 cannot tell apart, and so is none.
 *
 * @param text   one number and nothing else, in any usual spelling
 * @param region ISO 3166-1 alpha-2, for numbers without a country code; an unknown region reads only those with one
 * @returns E.164 (`+8613812345678`), null for what cannot be brought to it
 */
export function readE164(text: string, region: string): string | null {
	const country = region.toUpperCase();
	const phone = parsePhoneNumberFromString(text.replace(UNSEEN, "").replace(OPENING, ""), {
		...(isSupportedCountry(country) && { defaultCountry: country }),
		extract: false,
	});
	return phone?.isValid() && !phone.ext ? phone.number : null;
}
