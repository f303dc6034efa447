/**
 * What a touchpoint can be counted by: name → label. Every analysis that takes a label takes any of these.
 * Labels are strings, `(not set)` where the touchpoint does not say.
 */
import type { Touchpoint } from "../model.ts";
import { NO_LABEL } from "./path.ts";
import { labelPeriod, type Period, periodOf, WEEKDAY_NAMES, weekdayAndHour, type Zone } from "./zone.ts";

type Reader = (touchpoint: Touchpoint, zone: Zone) => string | undefined;

const inPeriod = (period: Period): Reader => {
	return ({ timestamp }, zone) => labelPeriod(period, periodOf(zone, period, timestamp));
};

const READERS = {
	channel: ({ channel }) => channel,
	traffic: ({ traffic }) => traffic,
	/** GA4 class of web visits, the channel of everything else: the label that attribution takes unless told. */
	trafficOrChannel: ({ traffic, channel }) => traffic ?? channel,
	source: ({ source, direct }) => source ?? (direct ? "(direct)" : undefined),
	medium: ({ medium }) => medium,
	sourceMedium: ({ source, medium }) =>
		source || medium ? `${source ?? NO_LABEL} / ${medium ?? NO_LABEL}` : undefined,
	campaign: ({ campaign }) => campaign,
	term: ({ term }) => term,
	content: ({ content }) => content,
	clickIdKind: ({ clickId }) => clickId?.kind,
	channelRule: ({ channelRule }) => channelRule?.rule,
	type: ({ type }) => type,
	direction: ({ direction }) => direction,
	online: ({ online }) => (online ? "online" : "offline"),
	stage: ({ stage }) => stage,
	page: ({ page }) => page?.path,
	pageTitle: ({ page }) => page?.title,
	referrerHost: ({ page }) => hostOf(page?.referrer),
	objectKind: ({ object }) => object?.kind,
	object: ({ object }) => object?.title ?? object?.ref,
	outcome: ({ outcome }) => outcome?.status,
	conversion: ({ conversion }) => conversion,
	staff: ({ participants }) => participants?.find(({ role }) => role === "staff")?.ref,
	place: ({ place }) => place,
	deviceFamily: ({ deviceFamily }) => deviceFamily,
	automation: ({ automation }) => automation,
	scoreMetric: ({ score }) => score?.metric,
	currency: ({ value }) => value?.currency,
	weekday: ({ timestamp }, zone) => WEEKDAY_NAMES[weekdayAndHour(zone, timestamp).weekday],
	hour: ({ timestamp }, zone) => String(weekdayAndHour(zone, timestamp).hour).padStart(2, "0"),
	day: inPeriod("day"),
	week: inPeriod("week"),
	month: inPeriod("month"),
} satisfies Record<string, Reader>;

export type Dimension = keyof typeof READERS;

export const DIMENSIONS = Object.keys(READERS) as Dimension[];

export function isDimension(name: string): name is Dimension {
	return Object.hasOwn(READERS, name);
}

/** @returns a label that is never blank */
export function labelTouchpoint(dimension: Dimension, touchpoint: Touchpoint, zone: Zone): string {
	const read: Reader = READERS[dimension];
	return read(touchpoint, zone) || NO_LABEL;
}

/** Undefined for what is no absolute URL. */
function hostOf(url: string | undefined): string | undefined {
	return url === undefined ? undefined : /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i.exec(url)?.[1]?.toLowerCase();
}
