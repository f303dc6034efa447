/** `strand keys`: lists, makes and revokes the keys of a workspace. */

import { parseArgs } from "node:util";
import { readCloudflareSecrets } from "../cloudflare-secrets.ts";
import { CLIENT_HELP, CLIENT_OPTIONS, createClient } from "../contract-client.ts";
import { dataPath, openDataFolder, readAdminRecord } from "../data-folder.ts";
import { print } from "../print.ts";

export const help = `strand keys [list] | create KIND | revoke ID | recover

Lists, makes and revokes the keys of a workspace. All but recover need a secret key;
recover makes a new secret key for who lost his, with the admin token of the data
folder. A change is known everywhere within 30 seconds.

  list                  id, kind, name and limits of each key
  create KIND           write, read or secret; the new key is shown this once
    --name TEXT         whose it is
    --server            a write key whose events are trusted: for servers, never in a page
    --origin URL        a write key for pages of this origin only; may be repeated
  revoke ID             by the id that list shows
  recover               a new secret key; revoke the lost one afterwards
    --workspace NAME    (main)
    --cloudflare        of the deployed collector at --url
    --data FOLDER       (or STRAND_DATA; .strand)
${CLIENT_HELP}`;

interface KeyRow {
	id: string;
	kind: string;
	name: string;
	origins: string[];
	server: boolean;
	createdAt: number;
	/** Of write keys, and of a key that was just made. */
	key?: string;
}
type MadeKey = KeyRow & { key: string };

/** @returns 0 done, 1 refused, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			...CLIENT_OPTIONS,
			name: { type: "string", default: "" },
			server: { type: "boolean", default: false },
			origin: { type: "string", multiple: true },
			workspace: { type: "string", default: "main" },
			cloudflare: { type: "boolean", default: false },
			data: { type: "string" },
		},
	});
	const [verb = "list", what, ...rest] = positionals;
	const needsWhat = verb === "create" || verb === "revoke";
	if (rest.length > 0 || needsWhat !== (what !== undefined)) return refuseUsage();
	switch (verb) {
		case "list": {
			const { keys } = (await (await createClient(values).call("/v1/keys")).json()) as { keys: KeyRow[] };
			for (const key of keys) print(describeKey(key));
			return 0;
		}
		case "create": {
			const { name, server, origin: origins } = values;
			const body = JSON.stringify({ kind: what, name, server, origins });
			const made = await createClient(values).call("/v1/keys", { method: "POST", body });
			print(((await made.json()) as MadeKey).key);
			return 0;
		}
		case "revoke":
			await createClient(values).call(`/v1/keys/${encodeURIComponent(String(what))}`, { method: "DELETE", body: "" });
			return 0;
		case "recover": {
			const client = createClient({ ...values, key: readAdminToken(dataPath(values.data), values.cloudflare) });
			const path = `/internal/workspaces/${encodeURIComponent(values.workspace)}/keys`;
			print(((await (await client.call(path, { method: "POST", body: "" })).json()) as MadeKey).key);
			return 0;
		}
		default:
			return refuseUsage();
	}
}

function refuseUsage(): number {
	console.error(help);
	return 2;
}

/** @throws Error where the folder belongs to no deployed collector */
function readAdminToken(folder: string, isCloudflare: boolean): string {
	const token = isCloudflare
		? process.env.STRAND_ADMIN_TOKEN || readCloudflareSecrets(folder)?.ADMIN_TOKEN
		: readAdminRecord(openDataFolder(folder)).adminToken;
	if (token === undefined) throw new Error(`${folder} holds no cloudflare.json: set STRAND_ADMIN_TOKEN`);
	return token;
}

function describeKey({ id, kind, name, origins, server, createdAt, key }: KeyRow): string {
	const limits = [...(server ? ["server"] : []), ...origins].join(" ");
	return [id, kind.padEnd(6), new Date(createdAt).toISOString().slice(0, 10), key ?? "", name, limits]
		.join("  ")
		.trimEnd();
}
