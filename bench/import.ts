/**
 * `npm run bench:import [rows]` (default 100,000): a call log of so many rows goes through `strand import` into a collector of its
 * own, twice. Prints for each run its time and the command's peak of resident memory, then what the collector holds: the
 * second run must add nothing, and memory must not grow with the rows (try 400,000).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ensureBuilt } from "../collector/node/prepare.mjs";
import { settle, startCollector } from "../test/support/collector.ts";

const ROWS = Number(process.argv[2] ?? 100_000);
/** People; each has several calls. */
const PHONES = 20_000;
const SAMPLE_MS = 50;
const SETTLE_MS = 3_600_000;
const FIRST_CALL = Date.UTC(2026, 0, 1);

function* callLog(): Generator<string> {
	yield "客户电话,通话时间,通话时长,坐席,门店,备注\n";
	for (let row = 0; row < ROWS; row++) {
		const at = new Date(FIRST_CALL + row * 137_000).toISOString().slice(0, 19).replace("T", " ");
		yield `${13_800_000_001 + (row % PHONES)},${at},${row % 600},坐席 ${row % 30},门店 ${row % 20},"第 ${row} 次, 询价"\n`;
	}
}

/** MB; 0 once the process is gone. */
function peakMb(pid: number): number {
	try {
		return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
	} catch {
		return 0;
	}
}

ensureBuilt();
const collector = await startCollector();
const folder = mkdtempSync(join(tmpdir(), "strand-bench-import-"));
const file = join(folder, "calls.csv");
await pipeline(Readable.from(callLog()), createWriteStream(file));
const command = join(import.meta.dirname, "..", "dist", "node", "cli.mjs");
const env = { ...process.env, STRAND_URL: collector.url, STRAND_KEY: collector.keys.secret };
for (const run of ["first", "second"]) {
	const began = performance.now();
	const child = spawn(process.execPath, [command, "import", file, "--template", "calls", "--tz", "Asia/Shanghai"], {
		env,
		stdio: ["ignore", "ignore", "inherit"],
	});
	let peak = 0;
	const sampling = setInterval(() => {
		peak = Math.max(peak, peakMb(child.pid ?? 0));
	}, SAMPLE_MS);
	const [code] = (await once(child, "exit")) as [number];
	clearInterval(sampling);
	const seconds = (performance.now() - began) / 1000;
	console.log(
		`${run} run: exit ${code}, ${seconds.toFixed(1)} s, ${(ROWS / seconds).toFixed(0)} rows/s, peak ${peak.toFixed(0)} MB`,
	);
}
const began = performance.now();
await settle(collector.url, collector.keys.read, SETTLE_MS);
const counted = await fetch(`${collector.url}/v1/touchpoints?format=count`, {
	headers: { authorization: `Bearer ${collector.keys.read}` },
});
const { rows } = (await counted.json()) as { rows: number };
console.log(
	`folded ${((performance.now() - began) / 1000).toFixed(1)} s later: ${rows} touchpoints of ${ROWS} rows; collector's peak ${peakMb(collector.pid).toFixed(0)} MB`,
);
await collector.stop();
rmSync(folder, { recursive: true });
process.exitCode = rows === ROWS ? 0 : 1;
