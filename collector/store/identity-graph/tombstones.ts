/**
 * Erasures that every stream shard must hear of, whether it has a stream of the person or not: what was
 * refused at the door lies anywhere. Streams that carry the identifiers hear of them in their answers.
 */
import type { EraseStatement, Statement } from "../../identity/index.ts";
import type { Outbound } from "../links.ts";
import type { GraphDoor, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Peers, Sql } from "../ports.ts";

export const TOMBSTONES_SCHEMA = `CREATE TABLE IF NOT EXISTS erasures (
	body TEXT PRIMARY KEY,  -- EraseStatement
	told INTEGER NOT NULL   -- 1: every stream shard has acknowledged it
) WITHOUT ROWID`;

export class Tombstones {
	private readonly sql: Sql;
	private readonly peers: Peers<GraphDoor, StreamDoor, ProfileDoor>;
	private readonly outbound: Outbound;

	constructor(sql: Sql, peers: Peers<GraphDoor, StreamDoor, ProfileDoor>, outbound: Outbound) {
		this.sql = sql;
		this.peers = peers;
		this.outbound = outbound;
	}

	/** To be called in the transaction that accepts the statements. */
	note(statements: readonly Statement[]): void {
		for (const statement of statements) {
			if (statement.kind !== "erase") continue;
			this.sql.all("INSERT OR IGNORE INTO erasures (body, told) VALUES (?, 0)", JSON.stringify(statement));
		}
	}

	untold(): number {
		return this.sql.all<{ n: number }>("SELECT count(*) AS n FROM erasures WHERE told = 0")[0]?.n ?? 0;
	}

	/** @throws what a shard out of reach throws: all are told again */
	async tell(streamShards: number): Promise<void> {
		const rows = this.sql.all<{ body: string }>("SELECT body FROM erasures WHERE told = 0");
		if (rows.length === 0) return;
		const erasures = rows.map(({ body }) => JSON.parse(body) as EraseStatement);
		const sends = Array.from({ length: streamShards }, (_, shard) =>
			this.outbound.send(`stream/${shard}`, { streams: [], erasures }, (envelope) =>
				this.peers.stream(shard).acceptAnswers(envelope),
			),
		);
		const failed = (await Promise.allSettled(sends)).find((result) => result.status === "rejected");
		if (failed !== undefined) throw failed.reason;
		this.sql.transaction(() => {
			for (const { body } of rows) this.sql.all("UPDATE erasures SET told = 1 WHERE body = ?", body);
		});
	}
}
