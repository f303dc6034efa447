/**
 * The form in which an object's rows lie. What was written in another cannot be read, and must not be mixed with what
 * can: an object that finds it refuses to begin, and nothing is lost. Forms 4 and 5 are brought over: what is packed in their rows says itself
 * how, so that only tables that lie otherwise are moved.
 */
import type { Sql } from "./ports.ts";

/** Goes up with every change of tables or of what is packed in them. */
const FORM = 6;
/** What was written in this one or a later can be brought over. */
const FORM_MIN = 4;

const FORM_SCHEMA = `CREATE TABLE IF NOT EXISTS form (
	number INTEGER PRIMARY KEY
)`;

/**
 * To be called before the object's other tables are made.
 * @param table     one of those, which they had in every form
 * @param bringOver moves what lies in the tables of the form it is told; called in a transaction
 * @throws Error for data of another form
 */
export function keepForm(sql: Sql, table: string, bringOver: (form: number) => void = () => {}): void {
	const names = sql
		.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?, 'form')", table)
		.map(({ name }) => name);
	const isEmpty = !names.includes(table);
	if (names.includes("form")) {
		const form = sql.all<{ number: number }>("SELECT number FROM form")[0]?.number ?? 0;
		if (form === FORM) return;
		if (form >= FORM_MIN && form < FORM) {
			sql.transaction(() => {
				if (!isEmpty) bringOver(form);
				sql.all("UPDATE form SET number = ?", FORM);
			});
			return;
		}
	}
	if (!isEmpty) {
		throw new Error("this data was written by a version that stored it in another form: begin with an empty folder");
	}
	sql.all(FORM_SCHEMA);
	sql.all("INSERT OR REPLACE INTO form (number) VALUES (?)", FORM);
}
