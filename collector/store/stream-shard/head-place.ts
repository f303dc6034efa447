/**
 * Where a stream's head lies in its table: by a number made of its name, so that the table is one ordered by numbers, whose rows may fill
 * a page. In one ordered by names a row keeps a quarter of a page at most, and a head would take an overflow page for the rest.
 *
 * THESE NUMBERS ARE PART OF THE FORM OF THE DATA (form.ts).
 */
import type { Sql } from "../ports.ts";
import { hash53 } from "../sharding.ts";

/** Places of which a head takes the first that is free: chance brings no two streams of a shard together. */
const PLACES = 8;
const STARTS = 2 ** 53 - PLACES;

/** Among these lies the head of a stream, and maybe another's; both included. */
export function placesOf(stream: string): [from: number, to: number] {
	const from = hash53(stream) % STARTS;
	return [from, from + PLACES - 1];
}

/** Where the head of a stream that has none is to be put. */
export function freePlace(sql: Sql, stream: string): number {
	const [from, to] = placesOf(stream);
	const taken = new Set(sql.all("SELECT id FROM heads WHERE id >= ? AND id <= ?", from, to).map(({ id }) => id));
	for (let id = from; id <= to; id++) if (!taken.has(id)) return id;
	throw new Error("no place is left for a head");
}

/** After which the heads behind that of a stream lie, whether it has one or not; before all where `stream` is empty. */
export function placeAfter(sql: Sql, stream: string): number {
	if (stream === "") return -1;
	const [from, to] = placesOf(stream);
	const [row] = sql.all<{ id: number }>(
		"SELECT id FROM heads WHERE id >= ? AND id <= ? AND stream = ?",
		from,
		to,
		stream,
	);
	return row?.id ?? from - 1;
}
