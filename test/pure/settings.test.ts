/** What a local collector is told: from options, environment and file, in this order, and checked before it starts. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { limitsOf, readSettings, SettingsError } from "../../collector/node/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "strand-settings-"));
const file = join(folder, "strand.json");
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown, env: NodeJS.ProcessEnv = {}, options = {}) {
	writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
	return readSettings(options, { STRAND_CONFIG: file, ...env });
}

/** What it says to a setting that cannot be. */
function refuse(content: unknown, env: NodeJS.ProcessEnv = {}, options = {}): string {
	try {
		return `took ${JSON.stringify(read(content, env, options))}`;
	} catch (error) {
		expect(error).toBeInstanceOf(SettingsError);
		return (error as Error).message;
	}
}

describe("the settings of a local collector", () => {
	it("takes an option before the environment, and that before the file", () => {
		const content = { port: 1, streamShards: 2, rateLimitPerMinute: 3 };
		expect(read(content, { PORT: "4", RATE_LIMIT_PER_MINUTE: "5" }, { port: "6" })).toEqual({
			port: "6",
			streamShards: "2",
			rateLimitPerMinute: "5",
		});
	});

	it("takes an empty variable for none, and a folder of the file from where the file lies", () => {
		expect(read({ port: 8, data: "kept" }, { PORT: "" })).toEqual({ port: "8", data: join(folder, "kept") });
	});

	it("tells the Worker its limits, and nothing else", () => {
		const settings = read({ port: 1, backlogEventsMax: 9, clientAddressHeader: "x-real-ip" });
		expect(limitsOf(settings)).toEqual({ BACKLOG_EVENTS_MAX: "9", CLIENT_ADDRESS_HEADER: "x-real-ip" });
	});

	it.each([
		[{ port: "many" }, {}, `port in ${file} must be a whole number from 0 to 65535; it is "many".`],
		[{ port: 65_536 }, {}, "from 0 to 65535; it is 65536."],
		[{ rateLimitPerMinute: 1.5 }, {}, "must be a whole number"],
		[{ streamShards: 0 }, {}, "from 1 to 256; it is 0."],
		[{ clientAddressHeader: "x real" }, {}, "must be the name of an HTTP header"],
		[{ prot: 1 }, {}, `${file} sets "prot", which is none of port, data,`],
		[{}, { BACKLOG_EVENTS_MAX: "-1" }, 'BACKLOG_EVENTS_MAX must be a whole number from 1 to 10000000; it is "-1".'],
		["{", {}, "is not JSON"],
		[[], {}, "must hold one JSON object"],
	])("refuses %j with the environment %j", (content, env, words) => {
		expect(refuse(content, env)).toContain(words);
	});

	it("names every fault at once", () => {
		expect(refuse({ port: -1, streamShards: "x" }, { RATE_LIMIT_PER_MINUTE: "y" }).split("\n")).toHaveLength(3);
	});

	it("needs a file that is named to be there", () => {
		expect(() => readSettings({}, { STRAND_CONFIG: join(folder, "none.json") })).toThrow("does not exist");
	});
});
