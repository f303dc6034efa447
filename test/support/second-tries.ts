/** Names the tests that passed at their second try only: a race of ours may hide there. To the console, as reporters do. */

import type { Reporter, TestModule } from "vitest/node";

export default class SecondTries implements Reporter {
	onTestRunEnd(modules: readonly TestModule[]): void {
		for (const module of modules) {
			for (const test of module.children.allTests()) {
				if (!test.diagnostic()?.flaky) continue;
				const faults = test.result().errors?.map(({ message }) => message) ?? [];
				console.log(`at the second try: ${module.relativeModuleId} > ${test.fullName}\n  ${faults.join("\n  ")}`);
			}
		}
	}
}
