/** `strand demo`: a believable quarter of a shop, to look at before there is data of one's own. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fillWorkspace, isEmpty, readWork, setZone } from "../demo/fill.ts";
import { readFindings } from "../demo/findings.ts";
import { LIN_MEI } from "../demo/known-person.ts";
import { mondayBefore } from "../demo/people.ts";
import { PLANTED } from "../demo/shop.ts";
import { type Launched, launch } from "../launcher.ts";
import { print } from "../print.ts";
import { formatLines } from "../print-lines.ts";
import { readSettings } from "../settings.ts";
import type { WorkspaceKeys } from "../workspaces.ts";

export const help = `strand demo [URL --key SECRET_KEY] [--people N] [--seed N] [--end DATE] [--add] [--port N] [--data FOLDER]

Fills an empty workspace with a quarter of a tea shop's contacts. Without URL it
starts a collector of its own for them and runs until Ctrl-C. 20,000 people are
some 370,000 events, sent in about a minute on two cores and ready a minute
later; the dashboard can be opened meanwhile.

  URL             a collector that runs already, with the secret key of an empty workspace
  --key KEY       (or STRAND_SECRET_KEY)
  --people N      how many people                     (20000)
  --seed N        same seed and end, same data        (1)
  --end DATE      day on which the quarter ends       (this week's Monday)
  --add           also where somebody is known already
  --port N        of the own collector                (or PORT; 8787)
  --data FOLDER   of the own collector                (.strand/demo)`;

const PEOPLE_MAX = 1_000_000;
const POLL_MS = 200;
/** Between two lines that tell how far it is. */
const SHOW_MS = 2_000;
/** The read and secret keys of the demo's own collector: nobody real is behind them. */
const KEYS_FILE = "demo-keys.json";

/** @returns 0 when filled (or stopped by Ctrl-C), 1 on failure, 2 on wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		options: {
			key: { type: "string" },
			people: { type: "string", default: "20000" },
			seed: { type: "string", default: "1" },
			end: { type: "string" },
			add: { type: "boolean", default: false },
			port: { type: "string" },
			data: { type: "string", default: join(".strand", "demo") },
		},
		allowPositionals: true,
	});
	const people = Number(values.people);
	const seed = Number(values.seed);
	const endAt = values.end === undefined ? mondayBefore(Date.now()) : Date.parse(values.end);
	const [address] = positionals;
	const isUsage =
		Number.isInteger(people) && people >= 1 && people <= PEOPLE_MAX && Number.isInteger(seed) && Number.isFinite(endAt);
	if (!isUsage || positionals.length > 1 || (address !== undefined && !URL.canParse(address))) {
		console.error(help);
		return 2;
	}
	const fill = (origin: string, secretKey: string) =>
		fillAndWait({ origin, secretKey, people, seed, endAt, add: values.add });
	if (address !== undefined) {
		const key = values.key ?? process.env.STRAND_SECRET_KEY;
		if (!key) {
			console.error("Old contacts need a sender that is trusted: give the secret key with --key or STRAND_SECRET_KEY.");
			return 2;
		}
		return fill(new URL(address).origin, key);
	}
	const stopAsked = new Promise<void>((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
	});
	const settings = readSettings({ port: values.port, data: values.data });
	const launched = await launch({ dataPath: values.data, port: Number(settings.port ?? 8787), settings });
	try {
		const keys = keepKeys(launched);
		// First, so that nobody waits for the last person to look at the first.
		print(
			`\n${formatLines([
				["dashboard", `${launched.server.origin}/`],
				["read key", keys.read],
				["secret key", keys.secret],
				["write key", keys.write],
			])}\n\nCtrl-C stops it; the data stays in ${launched.folder.path}.\n`,
		);
		if (launched.keys !== undefined || values.add) {
			print(
				"The dashboard can be opened now and fills meanwhile: some minutes for 20,000 people, less with --people 2000.",
			);
			const filled = await Promise.race([stopAsked, fill(launched.server.origin, keys.secret)]);
			if (filled !== 0) return filled ?? 0;
		}
		await Promise.race([stopAsked, launched.server.exited]);
		return 0;
	} finally {
		await launched.stop();
	}
}

async function fillAndWait(options: {
	origin: string;
	secretKey: string;
	people: number;
	seed: number;
	endAt: number;
	add: boolean;
}): Promise<number> {
	const { origin, secretKey, people } = options;
	if (!options.add && !(await isEmpty(origin, secretKey))) {
		console.error("This workspace is not empty. Use one made for the demo, or --add.");
		return 1;
	}
	if (!options.add) await setZone(origin, secretKey, PLANTED.peak.timeZone);
	const startedAt = performance.now();
	let shownAt = startedAt;
	const events = await fillWorkspace({
		...options,
		onProgress(done, sent) {
			if (performance.now() - shownAt < SHOW_MS) return;
			shownAt = performance.now();
			print(`${done} of ${people} people, ${sent} events`);
		},
	});
	print(`${events} events are sent; now they become chains`);
	for (;;) {
		const { pending, backlogEvents } = await readWork(origin, secretKey);
		if (pending === 0) break;
		if (performance.now() - shownAt >= SHOW_MS) {
			shownAt = performance.now();
			print(`${backlogEvents} events still wait`);
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
	const seconds = (performance.now() - startedAt) / 1000;
	const { pair, checkout, peak } = PLANTED;
	const found = await readFindings(origin, secretKey);
	const share = (value: number) => `${(value * 100).toFixed(1)} %`;
	print(`${people} people with ${events} events are in, after ${seconds.toFixed(1)} s. Planted for you to find, and what the analyses find:
- journeys with ${pair.channels.join(" and ")} convert ${pair.lift} times as often as with one of them: ${found.lift?.toFixed(1) ?? "no"} times, ${found.verdict}
- of those who start a checkout only ${checkout.paidShare * 100} % pay: ${found.paidShare === null ? "nobody did" : share(found.paidShare)}, and most are lost before ${found.lostAt}
- ${peak.weekday} ${peak.hour}:00 (${peak.timeZone}) is the busiest hour of the week: ${found.busiest}
- one person to look up: userId ${LIN_MEI.userId}, with ${LIN_MEI.chain.length} contacts on ${LIN_MEI.devices.length} devices`);
	return 0;
}

/** Keys are printed once; a demo that is started again should still open. */
function keepKeys({ keys, folder }: Launched): WorkspaceKeys {
	const file = join(folder.path, KEYS_FILE);
	if (keys !== undefined) writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
	else if (!existsSync(file)) throw new Error(`${folder.path} holds another collector's data: choose another --data.`);
	return keys ?? (JSON.parse(readFileSync(file, "utf8")) as WorkspaceKeys);
}
