/**
 * Four kinds of tests, by folder. Pure code runs in plain Node; the script under happy-dom, which has
 * no IndexedDB; the Worker in the real Workers runtime with the bindings of `wrangler.toml`; and
 * whatever is promised about browsers or a running collector against the real things.
 */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: "pure",
					include: ["test/pure/**/*.test.ts"],
					environment: "node",
					testTimeout: 30_000,
				},
			},
			{
				test: {
					name: "sdk",
					include: ["test/sdk/**/*.test.ts"],
					environment: "happy-dom",
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
					testTimeout: 30_000,
				},
			},
			{
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					globalSetup: ["test/support/build.ts"],
					environment: "node",
					// Most of their time is waiting, so two files at a time keep two cores busy.
					maxWorkers: 2,
					testTimeout: 120_000,
					hookTimeout: 120_000,
					// Long waits cost nothing where all is well; two cores that do something else besides are slow.
					expect: { poll: { timeout: 15_000 } },
				},
			},
		],
	},
});
