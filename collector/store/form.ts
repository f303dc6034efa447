/**
 * The form in which an object's rows lie. What was written in another cannot be read, and must not be mixed with what
 * can: an object that finds it refuses to begin, and nothing is lost. Form 4 is brought over: what is packed in its rows says itself how,
 * so that only tables that lie otherwise are moved.
 */
import type { Sql } from "./ports.ts";

/** Goes up with every change of tables or of what is packed in them. */
const FORM = 5;
/** What was written in this one can be brought over. */
const FORM_BEFORE = 4;

const FORM_SCHEMA = `CREATE TABLE IF NOT EXISTS form (
	number INTEGER PRIMARY KEY
)`;

/**
 * To be called before the object's other tables are made.
 * @param table     one of those
 * @param bringOver moves what lies in the tables of form 4; called in a transaction
 * @throws Error for data of another form
 */
export function keepForm(sql: Sql, table: string, bringOver: () => void = () => {}): void {
	const names = sql
		.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?, 'form')", table)
		.map(({ name }) => name);
	if (names.includes("form")) {
		const [row] = sql.all<{ number: number }>("SELECT number FROM form");
		if (row?.number === FORM) return;
		if (row?.number === FORM_BEFORE) {
			sql.transaction(() => {
				bringOver();
				sql.all("UPDATE form SET number = ?", FORM);
			});
			return;
		}
	}
	if (names.includes(table)) {
		throw new Error("this data was written by a version that stored it in another form: begin with an empty folder");
	}
	sql.all(FORM_SCHEMA);
	sql.all("INSERT OR REPLACE INTO form (number) VALUES (?)", FORM);
}
