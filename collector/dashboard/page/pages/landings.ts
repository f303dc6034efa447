/** The analysis `landings`, as several figures read it. */
export interface LandingRow {
	/** The label that was asked for: a page, a campaign… */
	page: string;
	entries: number;
	exits: number;
	bounces: number;
	converted: number;
	sources: { source: string; entries: number }[];
}

export interface Landings {
	rows: LandingRow[];
}

export const LANDINGS_MAX = 200;

export function sumEntries({ rows }: Landings): number {
	return rows.reduce((sum, { entries }) => sum + entries, 0);
}
