/**
 * One colour a channel or class of traffic, the same in every view and in light and dark; the style sheet holds the
 * values. Nobody tells more than about eight colours apart, and some people fewer: colours only help, names always stand beside.
 */

const HUES: Readonly<Record<string, number>> = {
	web: 0,
	app: 11,
	email: 2,
	sms: 3,
	phone: 4,
	wecom: 7,
	wechat: 7,
	chat: 1,
	social: 8,
	ads: 9,
	store: 10,
	webinar: 5,
	shop: 6,
	payment: 6,
	ticket: 1,
	survey: 3,
	package: 9,
	Direct: 9,
	"Paid Search": 0,
	"Organic Search": 11,
	"Paid Social": 6,
	"Organic Social": 8,
	Email: 2,
	SMS: 3,
	"AI Assistant": 1,
	Referral: 10,
	Affiliates: 3,
	Display: 7,
};
const COLOURS = 12;

/** @returns a class name, `hue-0` to `hue-11`; unknown names share colours by a hash of the name */
export function hueOf(channel: string): string {
	if (Object.hasOwn(HUES, channel)) return `hue-${HUES[channel]}`;
	let hash = 0;
	for (const character of channel) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
	return `hue-${hash % COLOURS}`;
}
