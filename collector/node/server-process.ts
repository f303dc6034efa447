/**
 * One `workerd serve` process: started, waited for, stopped. It knows nothing of workspaces.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** How long the collector may take until it answers `/healthz`. */
const START_TIMEOUT_MS = 30_000;
/** How long requests under way may take after a stop; then the process is killed, which loses nothing that was answered. */
const STOP_TIMEOUT_MS = 5_000;
const HEALTH_POLL_MS = 25;

export interface ServerProcess {
	pid: number;
	/** `http://127.0.0.1:PORT` */
	origin: string;
	/** Resolves when the process is gone, for whatever reason. */
	exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
	/** Asks the process to finish and waits until it is gone. */
	stop(): Promise<void>;
}

export interface ServerCommand {
	workerdPath: string;
	configPath: string;
	env: Record<string, string>;
}

/**
 * Starts workerd and waits until the collector answers.
 *
 * @throws Error when workerd ends, or does not answer within 30 s
 */
export async function startServer({ workerdPath, configPath, env }: ServerCommand): Promise<ServerProcess> {
	const child = spawn(workerdPath, ["serve", configPath, "config", "--control-fd=3"], {
		// Not the launcher's whole environment: what the Worker may know is listed.
		env,
		stdio: ["ignore", "inherit", "inherit", "pipe"],
		// Its own process group, so that Ctrl-C reaches the launcher alone and the stop is orderly.
		detached: true,
	});
	const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", (code, signal) => resolve({ code, signal }));
	});
	const failed = exited.then(({ code, signal }) => {
		throw new Error(`workerd ended while starting (${signal ?? `exit code ${code}`})`);
	});
	try {
		const origin = await Promise.race([waitForPort(child), failed]);
		await Promise.race([waitForHealth(origin), failed]);
		failed.catch(() => {});
		return { pid: child.pid as number, origin, exited, stop: () => stopProcess(child, exited) };
	} catch (error) {
		failed.catch(() => {});
		child.kill("SIGKILL");
		throw error;
	}
}

/** workerd writes one JSON line for each socket it listens on to the control channel. */
async function waitForPort(child: ChildProcess): Promise<string> {
	const control = child.stdio[3] as Readable;
	for await (const line of createInterface({ input: control })) {
		const message = JSON.parse(line) as { event?: string; socket?: string; port?: number };
		if (message.event === "listen" && message.socket === "http") return `http://127.0.0.1:${message.port}`;
	}
	return new Promise<never>(() => {}); // The channel closed: `exited` tells what happened.
}

async function waitForHealth(origin: string): Promise<void> {
	const deadline = Date.now() + START_TIMEOUT_MS;
	let last = "no answer";
	while (Date.now() < deadline) {
		try {
			const response = await fetch(new URL("/healthz", origin));
			await response.arrayBuffer();
			if (response.ok) return;
			last = `status ${response.status}`;
		} catch (error) {
			last = String(error);
		}
		await new Promise((resolve) => setTimeout(resolve, HEALTH_POLL_MS));
	}
	throw new Error(`the collector did not become healthy within ${START_TIMEOUT_MS / 1000} s (${last})`);
}

async function stopProcess(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
	await exited;
	clearTimeout(timer);
}
