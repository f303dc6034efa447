/** Data that lies in another form is refused before anything is written to it. */
import { describe, expect, it } from "vitest";
import { keepForm } from "../../collector/store/form.ts";
import { Disk } from "../simulator/sqlite.ts";

function openDisk() {
	return new Disk().port({ name: "one", isStopped: false });
}

describe("the form of an object's data", () => {
	it("is kept by an empty object, and accepted by its next life", () => {
		const sql = openDisk();
		keepForm(sql, "log");
		sql.all("CREATE TABLE log (id INTEGER PRIMARY KEY)");
		expect(() => keepForm(sql, "log")).not.toThrow();
	});

	it("is refused where the data is older than forms, or of another", () => {
		const sql = openDisk();
		sql.all("CREATE TABLE log (id INTEGER PRIMARY KEY)");
		expect(() => keepForm(sql, "log")).toThrow("begin with an empty folder");
		const other = openDisk();
		keepForm(other, "log");
		other.all("CREATE TABLE log (id INTEGER PRIMARY KEY)");
		other.all("UPDATE form SET number = number + 1");
		expect(() => keepForm(other, "log")).toThrow("begin with an empty folder");
	});

	it("is kept also where the object stopped before its first table", () => {
		const sql = openDisk();
		sql.all("CREATE TABLE form (number INTEGER PRIMARY KEY)");
		keepForm(sql, "log");
		sql.all("CREATE TABLE log (id INTEGER PRIMARY KEY)");
		expect(() => keepForm(sql, "log")).not.toThrow();
	});
});
