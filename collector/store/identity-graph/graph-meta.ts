/** What the graph remembers beside its tables of many rows: one value a name, see schema.ts. */
import type { Sql } from "../ports.ts";

export class GraphMeta {
	private readonly sql: Sql;

	constructor(sql: Sql) {
		this.sql = sql;
	}

	read(name: string): string | undefined {
		return this.sql.all<{ value: string }>("SELECT value FROM meta WHERE key = ?", name)[0]?.value;
	}

	write(name: string, value: string): void {
		this.sql.all(
			"INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			name,
			value,
		);
	}

	delete(name: string): void {
		this.sql.all("DELETE FROM meta WHERE key = ?", name);
	}
}
