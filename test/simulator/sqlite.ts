/** The `sql` port on `node:sqlite`, in memory: the storage of one simulated object. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../collector/store/ports.ts";

/** What a life of an object holds: a stopped one can neither read nor write any more. */
export interface Life {
	name: string;
	isStopped: boolean;
}

export class StoppedError extends Error {}

type Bindable = Exclude<SqlValue, ArrayBuffer>;

function bindable(value: SqlValue): Bindable {
	return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

/** Emptied disks: to make a database anew and prepare its statements takes longer than most histories. */
const pool: Disk[] = [];

/** Outlives the object's lives. */
export class Disk {
	/** An empty one. */
	static take(): Disk {
		return pool.pop() ?? new Disk();
	}

	/** The next ones are new files, whose pages lie as a first visit leaves them. */
	static forgetUsed(): void {
		pool.length = 0;
	}

	readonly counters = { rowsRead: 0, rowsWritten: 0 };
	private readonly database = new DatabaseSync(":memory:");
	private readonly statements = new Map<string, StatementSync>();
	private readonly begin = this.database.prepare("BEGIN");
	private readonly commit = this.database.prepare("COMMIT");
	/** Since it was taken from the pool. */
	private readonly queries = new Set<string>();
	private depth = 0;
	private isCounting = false;

	/** The object is no more: all tables are emptied for the next, which stand in the same form. */
	release(): void {
		const tables = this.all<{ name: string }>(
			"SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'form'",
			[],
		);
		for (const { name } of tables) this.all(`DELETE FROM ${name}`, []);
		this.queries.clear();
		this.isCounting = false;
		this.counters.rowsRead = 0;
		this.counters.rowsWritten = 0;
		pool.push(this);
	}

	/** From now on `counters` are kept; writes are asked of SQLite itself, index rows left out (no table here has an index). */
	countRows(): void {
		this.isCounting = true;
	}

	all<Row extends SqlRow>(query: string, bindings: readonly SqlValue[]): Row[] {
		this.queries.add(query);
		let statement = this.statements.get(query);
		if (statement === undefined) {
			// For a limit that it can read SQLite plans the statement anew each time.
			statement = this.database.prepare(query.replaceAll("LIMIT ?", "LIMIT (SELECT ?)"));
			this.statements.set(query, statement);
		}
		const bound = bindings.some((value) => value instanceof ArrayBuffer) ? bindings.map(bindable) : bindings;
		const before = this.isCounting ? this.totalChanges() : 0;
		const rows = statement.all(...(bound as Bindable[])) as unknown as Row[];
		if (this.isCounting) {
			this.counters.rowsRead += rows.length;
			this.counters.rowsWritten += this.totalChanges() - before;
		}
		return rows;
	}

	/** Steps of the plans of all statements that this object's lives ran so far, for example `SCAN log`. */
	plans(): { query: string; step: string }[] {
		return [...this.queries]
			.filter((query) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/i.test(query))
			.flatMap((query) =>
				this.database
					.prepare(`EXPLAIN QUERY PLAN ${query}`)
					.all()
					.map(({ detail }) => ({ query, step: String(detail) })),
			);
	}

	/** The `sql` port for one life. */
	port(life: Life, faults: { readFails: () => boolean } = { readFails: () => false }): Sql {
		const check = () => {
			if (life.isStopped) throw new StoppedError(`${life.name} has been stopped`);
		};
		return {
			all: <Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]) => {
				check();
				if (this.depth === 0 && query.startsWith("SELECT body FROM log") && faults.readFails())
					throw new Error("disk trouble");
				return this.all<Row>(query, bindings);
			},
			transaction: <T>(work: () => T): T => {
				check();
				if (this.depth > 0) throw new Error("transactions do not nest");
				this.begin.run();
				this.depth++;
				try {
					const result = work();
					this.commit.run();
					return result;
				} catch (error) {
					this.database.exec("ROLLBACK");
					throw error;
				} finally {
					this.depth--;
				}
			},
			get databaseBytes() {
				return 0;
			},
			counters: this.counters,
		};
	}

	private totalChanges(): number {
		return Number(this.database.prepare("SELECT total_changes() AS n").get()?.n);
	}
}
