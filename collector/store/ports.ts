/**
 * The three ports that shard logic is written against, so that the same code runs in a Durable
 * Object and, in the tests, on `node:sqlite` under a scheduler that may delay, repeat or drop
 * any message and stop an object between any two steps.
 */

/** A value that SQLite can hold. */
export type SqlValue = string | number | null | ArrayBuffer | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** Synchronous SQL on the object's own database. */
export interface Sql {
	/** Runs one statement and returns all rows. At most 100 bindings (the platform's limit). */
	all<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[];
	/** Runs `work` in one transaction; a throw rolls every write back and goes on to the caller. */
	transaction<T>(work: () => T): T;
	/** Bytes of the database. */
	readonly databaseBytes: number;
	/** Rows read and written (index entries and alarms included) since the object woke; what the platform bills. */
	readonly counters: { rowsRead: number; rowsWritten: number };
}

/** The object's one alarm slot and its clock. */
export interface Alarm {
	now(): number;
	/** Asks to be woken at `atMs` or earlier: an earlier alarm stays. */
	wakeBy(atMs: number): void;
	/** Lets requests in, and the background work of other objects, then goes on. */
	pause(): Promise<void>;
	/** Time spent in this slice, ms; monotonic. */
	elapsed(): number;
}

/** The other objects of the workspace. Every call may fail, be repeated or answer late. */
export interface Peers<Graph, Stream, Profile> {
	graph(): Graph;
	stream(index: number): Stream;
	profile(index: number): Profile;
}
