import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCollector, startCollector } from "../support/collector.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Runs a Node program of the project to its end, logged in nowhere. */
async function run(program: string, args: string[], env: Record<string, string> = {}) {
	const { CLOUDFLARE_API_TOKEN: _, ...rest } = process.env;
	const child = spawn(process.execPath, [join(ROOT, program), ...args], {
		cwd: ROOT,
		env: { ...rest, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
	return { out, err, code };
}

const strand = (args: string[], env?: Record<string, string>) => run("collector/node/strand.mjs", args, env);

describe("wrangler.toml", () => {
	it("deploys all three kinds of objects and the files, as far as wrangler tells without an account", async () => {
		const outDir = await mkdtemp(join(tmpdir(), "strand-dry-run-"));
		const { out, code } = await run("node_modules/wrangler/bin/wrangler.js", [
			"deploy",
			"--dry-run",
			"--outdir",
			outDir,
		]);
		await rm(outDir, { recursive: true });
		expect(code).toBe(0);
		for (const name of ["StreamShard", "IdentityGraph", "ProfileShard"]) {
			expect(out).toMatch(new RegExp(`env\\.\\w+ \\(${name}\\)\\s+Durable Object`));
		}
		expect(out).toMatch(/env\.ASSETS\s+Assets/);
		expect(out).not.toContain("EXAMPLES");
	});
});

describe("strand deploy", () => {
	it("makes no secrets as long as it cannot tell whether a deployed collector has some", async () => {
		const data = await mkdtemp(join(tmpdir(), "strand-deploy-"));
		const { err, code } = await strand(["deploy", "--data", data], { XDG_CONFIG_HOME: data, HOME: data });
		expect(code).toBe(1);
		expect(err).toContain("could not list the Worker's secrets");
		expect(() => readFileSync(join(data, "cloudflare.json"))).toThrow("ENOENT");
		await rm(data, { recursive: true });
	});
});

describe("strand workspace", () => {
	let collector: RunningCollector;
	let adminToken: string;

	beforeAll(async () => {
		collector = await startCollector();
		adminToken = JSON.parse(readFileSync(join(collector.dataDir, "admin.json"), "utf8")).adminToken;
	});
	afterAll(() => collector.stop());

	it("creates a workspace whose keys work, and only once", async () => {
		const args = ["workspace", collector.url, "--name", "second"];
		const first = await strand(args, { STRAND_ADMIN_TOKEN: adminToken });
		expect(first.code).toBe(0);
		const readKey = /^read key +(rk_second_\w+)$/m.exec(first.out)?.[1];
		const writeKey = /^write key +(wk_second_\w+)$/m.exec(first.out)?.[1];
		expect(first.out).toContain(
			`<script async src="${collector.url}/strand.js" data-write-key="${writeKey}"></script>`,
		);
		const status = await fetch(`${collector.url}/v1/status`, { headers: { authorization: `Bearer ${readKey}` } });
		expect(status.status).toBe(200);

		const again = await strand(args, { STRAND_ADMIN_TOKEN: adminToken });
		expect([again.code, again.err]).toEqual([1, `Workspace second exists already on ${collector.url}.\n`]);
	});

	it("is refused without the admin token", async () => {
		const { code, err } = await strand(["workspace", collector.url, "--name", "third"], {
			STRAND_ADMIN_TOKEN: "wrong",
		});
		expect(code).toBe(1);
		expect(err).toContain("refused to create workspace third (401)");
	});

	it("says what is missing where nothing was deployed from", async () => {
		const nowhere = ["--data", join(collector.dataDir, "none")];
		const here = await strand(["workspace", collector.url, ...nowhere]);
		expect(here).toMatchObject({ code: 1, err: expect.stringContaining("holds no admin.json") });
		const there = await strand(["workspace", "https://strand.example", ...nowhere]);
		expect(there).toMatchObject({ code: 1, err: expect.stringContaining("holds no cloudflare.json") });
	});
});
