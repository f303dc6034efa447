import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, type RunningCollector, startCollector } from "../support/collector.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Runs `strand …` to its end. */
async function strand(args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, [join(ROOT, "collector/node/strand.mjs"), ...args], {
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
	return { out, err, code };
}

/** Waits until the launcher has printed everything; the process id of workerd among it. */
async function readServerPid(stdout: Readable): Promise<number> {
	let printed = "";
	for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
		printed += chunk;
		if (printed.includes("script tag")) break;
	}
	return Number(/server pid\s+(\d+)/.exec(printed)?.[1]);
}

describe("npm start", () => {
	let collector: RunningCollector;

	beforeAll(async () => {
		collector = await startCollector();
	});
	afterAll(() => collector.stop());

	it("prints one key of each kind on an empty data folder", () => {
		expect(collector.keys.write).toMatch(/^wk_main_\w{16,}$/);
		expect(collector.keys.read).toMatch(/^rk_main_\w{16,}$/);
		expect(collector.keys.secret).toMatch(/^sk_main_\w{16,}$/);
	});

	it("writes the read and secret keys nowhere, and its own secrets only where their owner reads", () => {
		const admin = join(collector.dataDir, "admin.json");
		expect(statSync(admin).mode & 0o777).toBe(0o600);
		expect(statSync(collector.dataDir).mode & 0o777).toBe(0o700);
		const { adminToken, workspaceSecret } = JSON.parse(readFileSync(admin, "utf8"));
		const config = readFileSync(join(collector.dataDir, "workerd.capnp"), "utf8");
		for (const secret of [adminToken, workspaceSecret]) expect(config).not.toContain(secret);
		for (const file of [readFileSync(admin, "utf8"), config]) {
			expect(file).not.toContain(collector.keys.read);
			expect(file).not.toContain(collector.keys.secret);
		}
	});

	it("says in one line that the port is in use and what to do", async () => {
		const port = new URL(collector.url).port;
		const { err, code } = await strand(["start"], { PORT: port, STRAND_DATA: join(collector.dataDir, "other") });
		expect(code).toBe(1);
		expect(err).toBe(
			`Port ${port} is in use: stop the program that uses it, or choose another with PORT=${Number(port) + 1} npm start.\n`,
		);
	});

	it("starts nothing on a setting that cannot be, and says which and what it must be", async () => {
		const env = { RATE_LIMIT_PER_MINUTE: "many", STRAND_DATA: join(collector.dataDir, "unset") };
		const { err, code } = await strand(["start", "--port", "70000"], env);
		expect(code).toBe(2);
		expect(err).toContain('RATE_LIMIT_PER_MINUTE must be a whole number from 0 to 1000000; it is "many".');
		expect(err).toContain('--port must be a whole number from 0 to 65535; it is "70000".');
		expect(existsSync(join(collector.dataDir, "unset"))).toBe(false);
	});

	it("refuses a data folder that another collector serves", async () => {
		const { err, code } = await strand(["start"], { PORT: String(await freePort()), STRAND_DATA: collector.dataDir });
		expect(code).toBe(1);
		expect(err).toContain(`A collector already serves ${collector.dataDir} (process ${collector.pid})`);
	});

	it.each(["SIGINT", "SIGTERM"])("stops on %s with exit code 0 and no process left", async (signal) => {
		const port = await freePort();
		const child = spawn(process.execPath, [join(ROOT, "collector/node/start.mjs")], {
			env: { ...process.env, PORT: String(port), STRAND_DATA: join(collector.dataDir, signal) },
			stdio: ["ignore", "pipe", "inherit"],
		});
		const pid = await readServerPid(child.stdout);
		const exit = once(child, "exit");
		child.kill(signal as NodeJS.Signals);
		expect(await exit).toEqual([0, null]);
		expect(() => process.kill(pid, 0)).toThrow("ESRCH");
	});

	it("keeps workspace and keys over kill -9 and a restart", async () => {
		await collector.kill("SIGKILL");
		await collector.restart();
		const response = await fetch(`${collector.url}/v1/status`, {
			headers: { authorization: `Bearer ${collector.keys.read}` },
		});
		expect(response.status).toBe(200);
	});

	it("ends with exit code 1 when the collector dies by itself", async () => {
		const child = spawn(process.execPath, [join(ROOT, "collector/node/cli.ts"), "start", "--port", "0"], {
			env: { ...process.env, STRAND_DATA: join(collector.dataDir, "dying") },
			stdio: ["ignore", "pipe", "pipe"],
		});
		const err = text(child.stderr);
		const pid = await readServerPid(child.stdout);
		const exit = once(child, "exit");
		process.kill(pid, "SIGKILL");
		expect(await exit).toEqual([1, null]);
		expect(await err).toContain("The collector stopped by itself (SIGKILL).");
	});
});

describe("strand", () => {
	it("lists its commands", async () => {
		const { out, code } = await strand(["--help"]);
		expect(code).toBe(0);
		expect(out).toMatch(/^ {2}strand start +Runs the collector/m);
	});

	it("refuses an unknown command with exit code 2", async () => {
		const { err, code } = await strand(["nonsense"]);
		expect(code).toBe(2);
		expect(err).toContain('there is no command "nonsense"');
	});

	it("refuses an unknown option with exit code 2 and the command's usage", async () => {
		const { err, code } = await strand(["start", "--nonsense"]);
		expect(code).toBe(2);
		expect(err).toContain("strand start [--port N] [--data FOLDER]");
	});
});
