/**
 * Who sends: events by day, key and library, counted at the door for the owner to look at.
 *
 * Counts wait in memory and are written every {@link SENDERS_WRITE_MS}, so that an append stays one row. A crash may lose the
 * counts of that time, never an event: the log is the truth, and nothing is derived from these numbers.
 */
import type { Sql } from "../ports.ts";

/** Well under the 10 s after which workerd forgets an object that nobody asks. */
export const SENDERS_WRITE_MS = 5_000;
const DAY_MS = 24 * 3600_000;
/** Days kept, by UTC. */
const DAYS_MAX = 60;
/** Libraries told apart in one day: their names come from public senders. */
const LIBRARIES_MAX = 50;
const OTHER_LIBRARIES = "(others)";

export const SENDERS_SCHEMA = `CREATE TABLE IF NOT EXISTS senders (
	day INTEGER NOT NULL,     -- UTC days since the epoch
	key TEXT NOT NULL,        -- id of the key; empty where none is known
	library TEXT NOT NULL,    -- name and version of what sent; empty where it does not say
	events INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	last_at INTEGER NOT NULL, -- ms
	PRIMARY KEY (day, key, library)
) WITHOUT ROWID`;

/** What one batch says of its sender. */
export interface Sending {
	key: string;
	/** Library → events accepted of it. */
	libraries: { [library: string]: number };
	refused: number;
}

export interface SenderCount {
	/** UTC days since the epoch. */
	day: number;
	key: string;
	library: string;
	events: number;
	refused: number;
	/** ms. */
	lastAt: number;
}

export class Senders {
	private readonly sql: Sql;
	private readonly waiting = new Map<string, SenderCount>();
	private readonly libraries = new Set<string>();
	private today = 0;

	constructor(sql: Sql) {
		this.sql = sql;
		sql.all(SENDERS_SCHEMA);
	}

	add({ key, libraries, refused }: Sending, now: number): void {
		const day = Math.floor(now / DAY_MS);
		if (day !== this.today) this.libraries.clear();
		this.today = day;
		for (const [name, events] of Object.entries(libraries))
			this.count({ day, key, library: this.nameOf(name), events, refused: 0, lastAt: now });
		if (refused > 0) this.count({ day, key, library: "", events: 0, refused, lastAt: now });
	}

	private nameOf(library: string): string {
		if (this.libraries.size >= LIBRARIES_MAX && !this.libraries.has(library)) return OTHER_LIBRARIES;
		this.libraries.add(library);
		return library;
	}

	private count(one: SenderCount): void {
		const name = `${one.day} ${one.key} ${one.library}`;
		const before = this.waiting.get(name);
		this.waiting.set(name, before === undefined ? one : join(before, one));
	}

	write(now: number): void {
		for (const { day, key, library, events, refused, lastAt } of this.waiting.values()) {
			this.sql.all(
				"INSERT INTO senders (day, key, library, events, refused, last_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (day, key, library) DO UPDATE SET events = events + excluded.events, refused = refused + excluded.refused, last_at = max(last_at, excluded.last_at)",
				day,
				key,
				library,
				events,
				refused,
				lastAt,
			);
		}
		if (this.waiting.size > 0) this.sql.all("DELETE FROM senders WHERE day < ?", Math.floor(now / DAY_MS) - DAYS_MAX);
		this.waiting.clear();
	}

	/** Written and waiting together, by day, key and library. */
	read(): SenderCount[] {
		const stored = this.sql.all<Omit<SenderCount, "lastAt"> & { last_at: number }>(
			"SELECT day, key, library, events, refused, last_at FROM senders ORDER BY day, key, library",
		);
		return joinCounts([
			...stored.map(({ last_at, ...one }) => ({ ...one, lastAt: last_at })),
			...this.waiting.values(),
		]);
	}
}

/** One row a day, key and library, in that order. */
export function joinCounts(counts: readonly SenderCount[]): SenderCount[] {
	const joined = new Map<string, SenderCount>();
	for (const one of counts) {
		const name = `${one.day} ${one.key} ${one.library}`;
		const before = joined.get(name);
		joined.set(name, before === undefined ? one : join(before, one));
	}
	const text = ({ key, library }: SenderCount) => `${key} ${library}`;
	return [...joined.values()].sort((a, b) => a.day - b.day || (text(a) < text(b) ? -1 : 1));
}

function join(a: SenderCount, b: SenderCount): SenderCount {
	return {
		...a,
		events: a.events + b.events,
		refused: a.refused + b.refused,
		lastAt: Math.max(a.lastAt, b.lastAt),
	};
}
