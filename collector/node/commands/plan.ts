/** `strand plan`: the tracking plan of a workspace, and what differed from it. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CLIENT_HELP, CLIENT_OPTIONS, createClient } from "../contract-client.ts";
import { printPlanTypes } from "../plan-types.ts";
import { print } from "../print.ts";

export const help = `strand plan [show] | push FILE | warnings | types | remove

Keeps the list of events that you mean to send, and tells what arrived otherwise.
Nothing is ever refused for it. push and remove need a secret key, the rest a read key.

  show        the plan, as JSON
  push FILE   a new plan: {"events": {NAME: JSON Schema of its properties}, "warnUnknown": true}
  warnings    event, problem, property, how often and an example, the commonest first
    --days N  how many days back (7; at most 30)
  types       the plan as TypeScript, for init<Events>()
  remove      no plan any more
${CLIENT_HELP}`;

interface Plan {
	events: Parameters<typeof printPlanTypes>[0];
}

interface Warning {
	event: string;
	problem: string;
	property: string;
	count: number;
	lastAt: string;
	messageId: string;
}

/** @returns 0 done, 1 refused, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const options = { ...CLIENT_OPTIONS, days: { type: "string" } } as const;
	const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
	const [verb = "show", file, ...rest] = positionals;
	if (rest.length > 0 || (verb === "push") !== (file !== undefined)) return refuseUsage();
	const client = createClient(values);
	const read = async () => ((await (await client.call("/v1/plan")).json()) as { plan: Plan | null }).plan;
	switch (verb) {
		case "show":
			print(JSON.stringify(await read(), null, 2));
			return 0;
		case "push":
			await client.call("/v1/plan", { method: "PUT", body: readFileSync(String(file), "utf8") });
			return 0;
		case "warnings": {
			const query = values.days === undefined ? "" : `?days=${encodeURIComponent(values.days)}`;
			const { warnings } = (await (await client.call(`/v1/plan/warnings${query}`)).json()) as { warnings: Warning[] };
			for (const { count, event, problem, property, lastAt, messageId } of warnings) {
				print([count, event, problem, property || "-", lastAt, messageId].join("  "));
			}
			return 0;
		}
		case "types": {
			const plan = await read();
			if (plan === null) throw new Error("this workspace has no tracking plan: strand plan push FILE");
			process.stdout.write(printPlanTypes(plan.events));
			return 0;
		}
		case "remove":
			await client.call("/v1/plan", { method: "DELETE", body: "" });
			return 0;
		default:
			return refuseUsage();
	}
}

function refuseUsage(): number {
	console.error(help);
	return 2;
}
