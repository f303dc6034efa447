/**
 * The real, built collector for a test: workerd under the launcher, on a free port, with its own
 * data folder. `npm test` builds first; for one file by hand the e2e project's global set-up does.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "..", "..");
const CLI = join(ROOT, "collector", "node", "cli.ts");
const SETTLE_TIMEOUT_MS = 120_000;
const SETTLE_POLL_MS = 50;

export interface CollectorOptions {
	/** Kept afterwards when given; otherwise a temporary folder, removed by `stop`. */
	dataDir?: string;
	/** Added to the launcher's environment. */
	env?: Record<string, string>;
}

export interface RunningCollector {
	/** `http://127.0.0.1:PORT`, without a slash at the end; the same after `restart`. */
	readonly url: string;
	/** Known when this start created the workspace; kept over `restart`. */
	readonly keys: { write: string; read: string; secret: string };
	/** The process id of workerd itself. */
	readonly pid: number;
	readonly dataDir: string;
	/** Ends workerd (default SIGKILL: no goodbye) and waits until it is gone. The data stays. */
	kill(signal?: NodeJS.Signals): Promise<void>;
	/** Starts again on the same port and data, after `kill` or in place of a running one. */
	restart(): Promise<void>;
	/** Stops in good order, and removes a temporary data folder. */
	stop(): Promise<void>;
}

interface Start {
	launcher: ChildProcess;
	/** Resolves with the launcher's exit code. */
	exited: Promise<number | null>;
	/** Label → value of the lines that the launcher printed. */
	printed: Map<string, string>;
}

/**
 * @throws Error with everything the launcher said, when it ends instead of running
 */
export async function startCollector(options: CollectorOptions = {}): Promise<RunningCollector> {
	const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "strand-")));
	let current = await start(dataDir, await freePort(), options.env);
	const url = read(current, "collector");
	const port = Number(new URL(url).port);
	const keys = {
		write: current.printed.get("write key") ?? "",
		read: current.printed.get("read key") ?? "",
		secret: current.printed.get("secret key") ?? "",
	};
	const halt = async (signal: NodeJS.Signals) => {
		current.launcher.kill(signal);
		await current.exited;
	};
	const collector = {
		url,
		keys,
		dataDir,
		get pid() {
			return Number(read(current, "server pid"));
		},
		async kill(signal: NodeJS.Signals = "SIGKILL") {
			process.kill(collector.pid, signal);
			await current.exited;
		},
		async restart() {
			if (current.launcher.exitCode === null) await halt("SIGTERM");
			current = await start(dataDir, port, options.env);
		},
		async stop() {
			if (current.launcher.exitCode === null) await halt("SIGTERM");
			if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
		},
	};
	return collector;
}

/** Runs the launcher until it has printed everything, which ends with the script tag. */
async function start(dataDir: string, port: number, env: Record<string, string> = {}): Promise<Start> {
	const launcher = spawn(process.execPath, [CLI, "start"], {
		env: { ...process.env, ...env, PORT: String(port), STRAND_DATA: dataDir },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const exited = once(launcher, "exit").then(([code]) => code as number | null);
	const said: string[] = [];
	const printed = new Map<string, string>();
	launcher.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
	const ready = new Promise<void>((resolve) => {
		createInterface({ input: launcher.stdout }).on("line", (line) => {
			said.push(`${line}\n`);
			const [, label, value] = /^(\w+(?: \w+)?) {2,}(\S.*)$/.exec(line) ?? [];
			if (label === undefined || value === undefined) return;
			printed.set(label, value);
			if (label === "script tag") resolve();
		});
	});
	const failed = exited.then((code) => {
		throw new Error(`the launcher ended (exit code ${code}):\n${said.join("")}`);
	});
	failed.catch(() => {});
	await Promise.race([ready, failed]);
	return { launcher, exited, printed };
}

function read({ printed }: Start, label: string): string {
	const value = printed.get(label);
	if (value === undefined) throw new Error(`the launcher printed no "${label}"`);
	return value;
}

/**
 * Waits until chains show everything that was acknowledged.
 *
 * @throws Error with the last status after two minutes
 */
export async function settle(url: string, readKey: string, timeoutMs = SETTLE_TIMEOUT_MS): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	let last = "";
	while (Date.now() < deadline) {
		const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${readKey}` } });
		last = await response.text();
		if (response.ok && (JSON.parse(last) as { pending: number }).pending === 0) return;
		await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
	}
	throw new Error(`the collector did not settle within ${timeoutMs} ms: ${last}`);
}

/** Below the ports that Linux hands out by itself, to listeners and to connections, and open to browsers. */
const PORTS = { first: 20_000, count: 12_000 };

/** A free TCP port of 127.0.0.1 that the system gives to nobody else meanwhile, so that a restart finds it free again. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = PORTS.first + randomInt(PORTS.count);
		const probe = createServer().listen(port, "127.0.0.1");
		try {
			await once(probe, "listening");
		} catch {
			continue; // Somebody has it.
		}
		probe.close();
		await once(probe, "close");
		return port;
	}
}
