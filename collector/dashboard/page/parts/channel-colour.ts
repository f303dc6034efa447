/** One colour a channel, the same in every view and in light and dark; the style sheet holds the values. */

const KNOWN = [
	"web",
	"app",
	"email",
	"sms",
	"phone",
	"wecom",
	"wechat",
	"chat",
	"social",
	"ads",
	"store",
	"webinar",
	"shop",
	"payment",
	"ticket",
	"survey",
	"package",
];
const COLOURS = 12;

/** @returns a class name, `hue-0` to `hue-11`; unknown names share colours by a hash of the name */
export function hueOf(channel: string): string {
	const place = KNOWN.indexOf(channel);
	if (place >= 0) return `hue-${place % COLOURS}`;
	let hash = 0;
	for (const character of channel) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
	return `hue-${hash % COLOURS}`;
}
