/** `strand start`: the collector on this machine, in the foreground until Ctrl-C. */

import { parseArgs } from "node:util";
import { LaunchError, type Launched, launch } from "../launcher.ts";
import { print } from "../print.ts";
import { describeKeys, formatLines, KEYS_NOTE, type Line, writeScriptTag } from "../print-lines.ts";
import { readSettings, SETTINGS } from "../settings.ts";

export const help = `strand start [--port N] [--data FOLDER]

Runs the collector on 127.0.0.1 until Ctrl-C. On an empty data folder it creates
a workspace and prints its keys, once.

  --port N        port to listen on, 0 for any free one   (or PORT; 8787)
  --data FOLDER   where everything is kept                (or STRAND_DATA; .strand)

These and the limits can also stand in strand.json of the current folder, or in the
file that STRAND_CONFIG names: ${Object.keys(SETTINGS).join(", ")}.
The environment goes before the file. Shard counts hold for a workspace that is made
by this start; they never change afterwards.`;

const PORT_DEFAULT = 8787;

/** @returns the exit code: 0 after a stop that was asked for, 1 when the collector failed, 2 on wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values } = parseArgs({ args, options: { port: { type: "string" }, data: { type: "string" } } });
	const settings = readSettings(values);
	// Listened for from the start, so that a stop during start-up is orderly too.
	const stopAsked = new Promise<void>((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
	});
	let launched: Launched;
	try {
		launched = await launch({
			dataPath: settings.data ?? ".strand",
			port: Number(settings.port ?? PORT_DEFAULT),
			settings,
		});
	} catch (error) {
		console.error(error instanceof LaunchError ? error.message : `Strand could not start: ${(error as Error).message}`);
		return 1;
	}
	print(describe(launched));
	const ended = await Promise.race([stopAsked, launched.server.exited]);
	if (ended === undefined) {
		await launched.stop();
		return 0;
	}
	console.error(
		`The collector stopped by itself (${ended.signal ?? `exit code ${ended.code}`}). Start it again: what was answered is kept.`,
	);
	return 1;
}

/** What is printed once the collector answers. The read and secret keys appear only when this start made them. */
function describe({ server, folder, keys, writeKey }: Launched): string {
	const { origin } = server;
	const lines: Line[] = [
		["collector", origin],
		["example shop", `${origin}/examples/shop/?utm_source=newsletter&utm_medium=email&utm_campaign=welcome`],
		["journeys", `curl -H "Authorization: Bearer ${keys?.read ?? "YOUR_READ_KEY"}" ${origin}/v1/journeys`],
		["data", folder.path],
		["server pid", String(server.pid)],
	];
	if (keys !== undefined) lines.push(...describeKeys(keys));
	else if (writeKey !== undefined) lines.push(["write key", writeKey]);
	if (writeKey !== undefined) lines.push(["script tag", writeScriptTag(origin, writeKey)]);
	const note =
		keys === undefined
			? "The read and secret keys were printed at the first start, and only their hashes are kept.\nMake new ones with POST /v1/keys and the secret key."
			: KEYS_NOTE;
	return `Strand is running. Ctrl-C stops it.\n\n${formatLines(lines)}\n\n${note}\n`;
}
