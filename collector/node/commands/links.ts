/** `strand links`: makes, lists and revokes share links. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CLIENT_HELP, CLIENT_OPTIONS, createClient } from "../contract-client.ts";
import { print } from "../print.ts";

export const help = `strand links [list] | create URL | revoke CODE

Makes, lists and revokes share links: short addresses that lead to a page of yours,
add campaign, staff and scene to it, and count each click as a contact, also where
no script runs. Needs a secret key. A change is known everywhere within 30 seconds.

  list                  code, target, staff, scene and depth of each link
  create URL            a new link to that page; prints its short address
    --name TEXT         what it is called in chains
    --campaign TEXT     also --source, --medium, --term, --content: utm parameters
    --channel NAME      channel of the click (web)
    --staff ID          who shares it; cannot be changed by whoever passes it on
    --scene TEXT        where it hangs: a poster, a till, a chat group
    --expires TIME      ISO 8601; afterwards it leads nowhere
    --qr FILE           also writes its QR code, an SVG picture
  revoke CODE           also revokes what visitors shared on from it
${CLIENT_HELP}`;

interface LinkRow {
	code: string;
	shortUrl: string;
	qr: string;
	url: string;
	staff?: string;
	scene?: string;
	depth: number;
	revokedAt?: string;
}

const FIELDS = ["name", "campaign", "source", "medium", "term", "content", "channel", "staff", "scene"] as const;

/** @returns 0 done, 1 refused, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			...CLIENT_OPTIONS,
			...(Object.fromEntries(FIELDS.map((name) => [name, { type: "string" }])) as {
				[name in (typeof FIELDS)[number]]: { type: "string" };
			}),
			expires: { type: "string" },
			qr: { type: "string" },
		},
	});
	const [verb = "list", what, ...rest] = positionals;
	const needsWhat = verb === "create" || verb === "revoke";
	if (rest.length > 0 || needsWhat !== (what !== undefined)) return refuseUsage();
	const client = createClient(values);
	switch (verb) {
		case "list": {
			let cursor = "";
			do {
				const page = (await (await client.call(`/v1/links?cursor=${encodeURIComponent(cursor)}`)).json()) as {
					links: LinkRow[];
					next?: string;
				};
				for (const link of page.links) print(describeLink(link));
				cursor = page.next ?? "";
			} while (cursor !== "");
			return 0;
		}
		case "create": {
			const fields = FIELDS.map((name) => [name, values[name]]).filter(([, value]) => value !== undefined);
			const expires = values.expires === undefined ? {} : { expiresAt: values.expires };
			const body = JSON.stringify({ url: what, ...Object.fromEntries(fields), ...expires });
			const link = (await (await client.call("/v1/links", { method: "POST", body })).json()) as LinkRow;
			if (values.qr !== undefined) {
				const picture = await client.call(new URL(link.qr).pathname);
				writeFileSync(values.qr, await picture.text());
			}
			print(link.shortUrl);
			return 0;
		}
		case "revoke":
			await client.call(`/v1/links/${encodeURIComponent(String(what))}`, { method: "DELETE", body: "" });
			return 0;
		default:
			return refuseUsage();
	}
}

function refuseUsage(): number {
	console.error(help);
	return 2;
}

function describeLink({ code, url, staff = "", scene = "", depth, revokedAt }: LinkRow): string {
	return [code, url, staff, scene, `depth ${depth}`, revokedAt === undefined ? "" : "revoked"].join("  ").trimEnd();
}
