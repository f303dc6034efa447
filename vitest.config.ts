/**
 * Four kinds of tests, by folder. Pure code runs in plain Node; the script under happy-dom, which has
 * no IndexedDB; the Worker in the real Workers runtime with the bindings of `wrangler.toml`; and
 * whatever is promised about browsers or a running collector against the real things.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The same for all kinds, so that one begins while another ends: two files at a time keep two cores busy. A third makes waits run out in browsers. */
const WORKERS = 2;

/** Longest first, so that none of these is left when the other worker has nothing to do any more. */
const LONGEST =
	/\/(e2e\/(dashboard|sdk-(delivery|losses)|import)|pure\/(simulator-\w+|analysis-command|export-long))\.test\.ts$/;

// Half of what a short run of the `strand` command costs is the reading of its sources, which every one would do anew.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "strand-compile-cache");

class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const sorted = await super.sort(files);
		const rank = ({ project, moduleId }: TestSpecification) => [project.name, LONGEST.test(moduleId) ? 0 : 1].join(" ");
		return sorted.sort((a, b) => rank(a).localeCompare(rank(b)));
	}
}

export default defineConfig({
	test: {
		sequence: { sequencer: LongestFirst },
		projects: [
			{
				test: {
					name: "pure",
					include: ["test/pure/**/*.test.ts"],
					environment: "node",
					// Pure code leaves nothing behind, so that a worker goes on with the next file.
					isolate: false,
					maxWorkers: WORKERS,
					testTimeout: 60_000,
				},
			},
			{
				test: {
					name: "sdk",
					include: ["test/sdk/**/*.test.ts"],
					environment: "happy-dom",
					maxWorkers: WORKERS,
					testTimeout: 60_000,
				},
			},
			{
				plugins: [
					cloudflareTest({
						wrangler: { configPath: "./wrangler.toml" },
						// The two secrets that a deployment has.
						miniflare: {
							bindings: { ADMIN_TOKEN: "admin-token-of-the-tests", WORKSPACE_SECRET: "workspace-secret-of-the-tests" },
						},
					}),
				],
				test: {
					name: "worker",
					include: ["test/worker/**/*.test.ts"],
					maxWorkers: WORKERS,
					testTimeout: 60_000,
				},
			},
			{
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					globalSetup: ["test/support/build.ts"],
					environment: "node",
					maxWorkers: WORKERS,
					// Long waits cost nothing where all is well; two cores that do something else besides are slow. No test has a
					// shorter limit of its own.
					testTimeout: 300_000,
					hookTimeout: 300_000,
					// A browser hangs, or a machine that others share stops for seconds, now and then: whoever fails plays once more, and is named at the end.
					retry: 1,
					expect: { poll: { timeout: 60_000 } },
				},
			},
		],
	},
});
