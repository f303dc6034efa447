/** Contacts away from the web, as a call log, a till or a chat tool would report them. */
import type { WireEvent } from "../../../sdk/wire.ts";
import type { Dice } from "./dice.ts";
import type { Customer } from "./people.ts";
import { STAFF, STORES } from "./shop.ts";

export type Offline =
	| "phone"
	| "wecom"
	| "store"
	| "webinar"
	| "chat"
	| "sms"
	| "social"
	| "ticket"
	| "survey"
	| "package";

/** One touch, sent by a server that knows the customer. */
export function makeContact(
	dice: Dice,
	channel: Offline,
	customer: Customer,
	messageId: string,
	at: number,
): WireEvent {
	const { userId, traits } = customer;
	const staff = dice.one(STAFF);
	return {
		type: "touch",
		channel,
		messageId,
		userId,
		// A call log knows the number, not the account: both are sent, so that either finds the person.
		...(channel === "phone" ? { traits: { phone: traits.phone } } : {}),
		originalTimestamp: new Date(at).toISOString(),
		...fieldsOf(dice, channel),
		...(channel === "phone" || channel === "wecom" || channel === "chat"
			? { participants: [{ role: "customer" }, { role: "staff", ...staff }] }
			: {}),
	};
}

function fieldsOf(dice: Dice, channel: Offline): Partial<WireEvent> {
	switch (channel) {
		case "phone":
			return {
				name: "call_completed",
				direction: dice.chance(0.7) ? "in" : "out",
				durationMs: dice.whole(30, 600) * 1000,
				outcome: { status: dice.chance(0.8) ? "answered" : "missed" },
			};
		case "wecom":
			return { name: "message_received", direction: "in", object: { kind: "conversation", title: "Tea advice" } };
		case "store":
			return {
				name: "store_visited",
				direction: "in",
				place: dice.one(STORES),
				durationMs: dice.whole(5, 50) * 60_000,
			};
		case "webinar":
			return {
				name: "webinar_attended",
				direction: "in",
				object: { kind: "webinar", title: "Live tasting on Tuesday" },
				durationMs: dice.whole(10, 60) * 60_000,
			};
		case "chat":
			return { name: "chat_started", direction: "in", durationMs: dice.whole(2, 15) * 60_000 };
		case "sms":
			return { name: "sms_link_clicked", direction: "in", campaign: "gift-season" };
		case "social":
			return { name: "post_commented", direction: "in", source: "xiaohongshu" };
		case "ticket":
			return {
				name: "ticket_opened",
				direction: "in",
				object: { kind: "ticket", title: "Where is my parcel?" },
				outcome: { status: dice.chance(0.9) ? "solved" : "open" },
			};
		case "survey": {
			const value = Math.min(10, dice.whole(5, 11));
			return { name: "survey_answered", direction: "in", score: { metric: "nps", value, min: 0, max: 10 } };
		}
		case "package":
			return { name: "package_delivered", direction: "out", object: { kind: "parcel" } };
	}
}
