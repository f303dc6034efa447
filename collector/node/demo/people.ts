/**
 * The people of the demo shop, one at a time and each from the seed alone, so that any number of them
 * can be made in constant memory and person 7 is the same among 500 and among 20,000.
 */
import type { WireEvent } from "../../../sdk/wire.ts";
import { addToVisit, type Browser, makeVisit, type Visit } from "./browser.ts";
import { makeContact, type Offline } from "./contacts.ts";
import { createDice, type Dice } from "./dice.ts";
import {
	ANONYMOUS_ORDER_RATE,
	DAY_MS,
	DEVICES,
	FAMILY_NAMES,
	GIVEN_NAMES,
	HOUR_MS,
	HOUR_WEIGHTS,
	NEWSLETTER,
	PLANTED,
	PRODUCTS,
	ROBOT_AGENT,
	SOURCES,
	WEEKS,
	ZONE_OFFSET_MS,
} from "./shop.ts";

export interface Customer {
	userId: string;
	traits: { name: string; email: string; phone: string };
}

/** `web` and `letter` (a mail that is clicked) are visits; the rest happens elsewhere. */
type Contact = "web" | "letter" | Offline;

const GENERAL: readonly { weight: number; contact: Contact }[] = [
	{ weight: 42, contact: "web" },
	{ weight: 14, contact: "letter" },
	{ weight: 9, contact: "wecom" },
	{ weight: 8, contact: "store" },
	{ weight: 7, contact: "chat" },
	{ weight: 6, contact: "phone" },
	{ weight: 5, contact: "sms" },
	{ weight: 5, contact: "social" },
	{ weight: 4, contact: "webinar" },
];

/** Share of people by how they are known; the rest are known by their browser alone. */
const SHARES = { robot: 0.004, phoneOnly: 0.03, webinarOnly: 0.03, pair: 0.03, customer: 0.3 };
/** Large odd numbers part the seeds of neighbours. */
const SEED_STEP = 0x9e3779b1;

/**
 * @param endAt ms since the epoch; the quarter ends there
 * @returns one person's events in order of time; never empty
 */
export function makePerson(seed: number, index: number, endAt: number): WireEvent[] {
	const dice = createDice(seed ^ Math.imul(index + 1, SEED_STEP));
	const name = `demo-${seed}-${index}`;
	let roll = dice.roll();
	const isIn = (share: number): boolean => {
		roll -= share;
		return roll < 0;
	};
	if (isIn(SHARES.robot)) return makeRobot(dice, name, endAt);
	const several = (contacts: readonly Contact[]) =>
		Array.from({ length: dice.whole(2, 4) }, (_, at) => contacts[at % contacts.length] as Contact);
	if (isIn(SHARES.phoneOnly)) return makeCustomer(dice, name, endAt, several(["phone"]));
	if (isIn(SHARES.webinarOnly)) return makeCustomer(dice, name, endAt, several(["webinar"]));
	if (isIn(SHARES.pair)) return makeCustomer(dice, name, endAt, several(["phone", "webinar"]));
	if (isIn(SHARES.customer)) {
		const contacts = Array.from({ length: dice.whole(1, 7) }, () => dice.weighted(GENERAL).contact);
		return makeCustomer(dice, name, endAt, contacts);
	}
	return makeStranger(dice, name, endAt);
}

function makeRobot(dice: Dice, name: string, endAt: number): WireEvent[] {
	const browser = { anonymousId: `${name}-robot`, device: { userAgent: ROBOT_AGENT, weight: 1 }, seq: 0 };
	const [at = endAt] = drawTimes(dice, 1, endAt);
	return makeVisit(dice, browser, { weight: 1 }, name, at).events;
}

function makeStranger(dice: Dice, name: string, endAt: number): WireEvent[] {
	const browser = makeBrowser(dice, name, 0);
	const visits = drawTimes(dice, dice.whole(1, 4), endAt).map((at, index) =>
		makeVisit(dice, browser, dice.weighted(SOURCES), `${name}-${index}`, at),
	);
	const last = visits.at(-1) as Visit;
	const buys = dice.chance(ANONYMOUS_ORDER_RATE);
	startCheckout(dice, browser, last, buys, ANONYMOUS_ORDER_RATE, name);
	if (buys) {
		const { userId, traits } = introduce(dice, name);
		addToVisit(browser, last, { type: "identify", userId, traits }, `${name}-identify`);
		const properties = orderOf(dice, name);
		addToVisit(browser, last, { event: "Order Paid", userId, properties }, `${name}-order`);
	}
	return visits.flatMap(({ events }) => events);
}

function makeCustomer(dice: Dice, name: string, endAt: number, contacts: readonly Contact[]): WireEvent[] {
	const customer = introduce(dice, name);
	const browsers = Array.from({ length: dice.chance(0.35) ? 2 : 1 }, (_, at) => makeBrowser(dice, name, at));
	const events: WireEvent[] = [];
	const isPair = PLANTED.pair.channels.every((channel) => contacts.includes(channel));
	const rate = isPair ? PLANTED.pair.rate : PLANTED.pair.singleRate;
	const buys = dice.chance(rate);
	const times = drawTimes(dice, contacts.length, endAt);
	let lastVisit: { browser: Browser; visit: Visit } | undefined;
	contacts.forEach((contact, index) => {
		const at = times[index] as number;
		const id = `${name}-${index}`;
		if (contact !== "web" && contact !== "letter") {
			events.push(
				makeContact(dice, contact, customer, id, contact === "sms" || contact === "social" ? at : inOpeningHours(at)),
			);
			return;
		}
		if (contact === "letter") events.push(...makeLetter(customer, id, at));
		const browser = dice.one(browsers);
		const isFirst = browser.seq === 0;
		const source = contact === "letter" ? NEWSLETTER : dice.weighted(SOURCES);
		const visit = makeVisit(dice, browser, source, id, at);
		const { userId, traits } = customer;
		if (isFirst) addToVisit(browser, visit, { type: "identify", userId, traits }, `${id}-identify`);
		lastVisit = { browser, visit };
		events.push(...visit.events);
	});
	if (lastVisit !== undefined) {
		const before = lastVisit.visit.events.length;
		startCheckout(dice, lastVisit.browser, lastVisit.visit, buys, rate, name);
		events.push(...lastVisit.visit.events.slice(before));
	}
	if (buys) events.push(...makeOrder(dice, customer, name, Math.max(...events.map(timeOf)) + 2 * HOUR_MS, endAt));
	return events.sort((a, b) => timeOf(a) - timeOf(b));
}

/** So that of those who start one the planted share pays, whatever their rate of buying. */
function startCheckout(dice: Dice, browser: Browser, visit: Visit, buys: boolean, rate: number, name: string): void {
	const { paidShare } = PLANTED.checkout;
	const leaves = (rate / paidShare - rate) / (1 - rate);
	if (!buys && !dice.chance(leaves)) return;
	// Nobody checks out an empty cart; so the checkout is where most are lost.
	const { id, name: title, price } = dice.one(PRODUCTS);
	const properties = { product_id: id, name: title, price, currency: "CNY" };
	for (const event of ["Product Viewed", "Product Added"]) {
		addToVisit(browser, visit, { event, properties }, `${name}-${event === "Product Viewed" ? "looked" : "added"}`);
	}
	addToVisit(
		browser,
		visit,
		{ event: "Checkout Started", properties: { checkout_id: `${name}-cart` } },
		`${name}-checkout`,
	);
}

/** The shop's server tells of the order; a parcel, sometimes a question and a score follow. */
function makeOrder(dice: Dice, customer: Customer, name: string, at: number, endAt: number): WireEvent[] {
	const server = { context: { library: { name: "shop-server", version: "3.2.0" } }, userId: customer.userId };
	const events: WireEvent[] = [
		{ type: "track", event: "Order Paid", properties: orderOf(dice, name), ...server, ...stamp(`${name}-order`, at) },
	];
	const after = (days: number) => at + days * DAY_MS;
	events.push(makeContact(dice, "package", customer, `${name}-package`, after(3)));
	if (dice.chance(0.2)) events.push(makeContact(dice, "ticket", customer, `${name}-ticket`, after(4)));
	if (dice.chance(0.35)) events.push(makeContact(dice, "survey", customer, `${name}-survey`, after(6)));
	return events.filter((event) => timeOf(event) < endAt);
}

function makeLetter(customer: Customer, id: string, at: number): WireEvent[] {
	const properties = { email_id: "weekly-letter", email_subject: "This week's tea", campaign_name: "weekly-letter" };
	const common = {
		type: "track" as const,
		userId: customer.userId,
		properties,
		context: { library: { name: "mailer" } },
	};
	return [
		{ ...common, event: "Email Sent", ...stamp(`${id}-sent`, at - 5 * HOUR_MS) },
		{ ...common, event: "Email Link Clicked", ...stamp(`${id}-click`, at - 2_000) },
	];
}

function orderOf(dice: Dice, name: string): { order_id: string; total: number; currency: string; products: number } {
	const products = dice.whole(1, 3);
	const total = Array.from({ length: products }, () => dice.one(PRODUCTS).price).reduce((sum, price) => sum + price, 0);
	return { order_id: `${name}-o1`, total, currency: "CNY", products };
}

function introduce(dice: Dice, name: string): Customer {
	const given = dice.one(GIVEN_NAMES);
	const family = dice.one(FAMILY_NAMES);
	const number = name.replaceAll(/\D+/g, "");
	return {
		userId: `c-${name.slice("demo-".length)}`,
		traits: {
			name: `${family} ${given}`,
			email: `${given}.${family}.${number}@customers.example`.toLowerCase(),
			// 13 and nine digits: a Chinese mobile number by form.
			phone: `+86139${number.padStart(8, "0").slice(-8)}`,
		},
	};
}

function makeBrowser(dice: Dice, name: string, at: number): Browser {
	return { anonymousId: `${name}-d${at}`, device: dice.weighted(DEVICES), seq: 0 };
}

/** Ascending times in a stretch of one to six weeks of the quarter, by the shop's weekly rhythm. */
function drawTimes(dice: Dice, count: number, endAt: number): number[] {
	const span = dice.whole(1, 6);
	const firstWeek = dice.whole(0, WEEKS - span);
	const startAt = mondayBefore(endAt) - WEEKS * 7 * DAY_MS;
	return Array.from({ length: count }, () => {
		const week = firstWeek + dice.whole(0, span - 1);
		const hour = dice.index(HOUR_WEIGHTS);
		return Math.round(startAt + week * 7 * DAY_MS + (hour + dice.roll()) * HOUR_MS);
	}).sort((a, b) => a - b);
}

/** Midnight in the shop's zone on the Monday at or before `t`. */
export function mondayBefore(t: number): number {
	const day = Math.floor((t + ZONE_OFFSET_MS) / DAY_MS);
	// Day 0, 1 January 1970, was a Thursday.
	return (day - ((day + 3) % 7)) * DAY_MS - ZONE_OFFSET_MS;
}

/** People are asleep and shops shut at night: moved into the day, which keeps the order of contacts. */
function inOpeningHours(t: number): number {
	const ofDay = (t + ZONE_OFFSET_MS) % DAY_MS;
	const shut = 9 * HOUR_MS;
	return ofDay < shut ? t - ofDay + shut + Math.round((ofDay / shut) * HOUR_MS) : t;
}

export function stamp(messageId: string, at: number): { messageId: string; originalTimestamp: string } {
	return { messageId, originalTimestamp: new Date(at).toISOString() };
}

function timeOf(event: WireEvent): number {
	return Date.parse(event.originalTimestamp ?? "");
}
