/** Whether a collector's analyses find what was planted in the demo: asked as any reader would ask. */
import { PLANTED } from "./shop.ts";

export interface Findings {
	/** How many times as often the pair converts as the better of its channels alone; null: too few people to say. */
	lift: number | null;
	/** What the analysis says of that. */
	verdict: string;
	/** Of those who started a checkout; null: nobody did. */
	paidShare: number | null;
	/** The step of the funnel that the smallest share takes. */
	lostAt: string;
	/** `Tuesday 20:00`, in the workspace's zone. */
	busiest: string;
}

/** The way to an order. */
export const FUNNEL = ["product_viewed", "product_added", "checkout_started", "order_paid"] as const;

/** @throws Error when an analysis is refused */
export async function readFindings(origin: string, key: string): Promise<Findings> {
	const read = async <Row>(path: string): Promise<Row[]> => {
		const response = await fetch(`${origin}/v1/analyses/${path}`, { headers: { authorization: `Bearer ${key}` } });
		if (!response.ok) throw new Error(`the collector answered ${response.status}: ${await response.text()}`);
		return ((await response.json()) as { rows: Row[] }).rows;
	};
	const [pairs, steps, days] = await Promise.all([
		read<{ pair: string[]; pairRate: number; singleRate: number; verdict: string }>("combinations?by=channel"),
		read<{ stage: string; journeys: number; stepRate: number }>(`funnel?by=type&stages=${FUNNEL}`),
		read<{ weekday: string; hours: number[] }>("heatmap"),
	]);
	const own = pairs.filter(({ pair }) => PLANTED.pair.channels.every((channel) => pair.includes(channel)));
	const hardest = own.sort((a, b) => b.singleRate - a.singleRate)[0];
	const checkout = steps.at(-1);
	const [lowest] = steps.slice(1).sort((a, b) => a.stepRate - b.stepRate);
	const hours = days.flatMap(({ weekday, hours }) => hours.map((count, hour) => ({ weekday, hour, count })));
	const [peak] = hours.sort((a, b) => b.count - a.count);
	return {
		lift: hardest && hardest.singleRate > 0 ? hardest.pairRate / hardest.singleRate : null,
		verdict: hardest?.verdict ?? "not enough data",
		paidShare: (steps.at(-2)?.journeys ?? 0) > 0 ? (checkout?.stepRate ?? null) : null,
		lostAt: lowest?.stage ?? "",
		busiest: peak === undefined ? "" : `${peak.weekday} ${peak.hour}:00`,
	};
}
