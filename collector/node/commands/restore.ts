/** `strand restore`: a collector out of a backup. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dataPath } from "../data-folder.ts";
import { print } from "../print.ts";
import { placeSnapshot } from "../snapshot.ts";

export const help = `strand restore BACKUP [--data FOLDER]

Puts a copy made by strand backup into a data folder, which must hold no collector yet.
Start it with strand start: its keys are those of the collector that was copied.

  --data FOLDER   (or STRAND_DATA; .strand)

Who was erased after the backup was made is in it again: send those erasures again.`;

/** @returns 0 done, 1 refused, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({ args, options: { data: { type: "string" } }, allowPositionals: true });
	const [source] = positionals;
	if (source === undefined || positionals.length > 1) {
		console.error(help);
		return 2;
	}
	const target = resolve(dataPath(values.data));
	placeSnapshot(resolve(source), target);
	print(`${target} holds the collector of ${resolve(source)}. Start it with strand start.`);
	return 0;
}
