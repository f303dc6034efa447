/** New keys. Their randomness is the platform's; only hashes of read and secret keys are ever stored. */
import type { Env } from "../env.ts";
import type { KeyKind, KeyRecord } from "../store/identity-graph/keys.ts";
import { hashKey } from "./access.ts";
import { KEY_ALPHABET, sealOf } from "./key-seal.ts";

const PREFIX: Record<KeyKind, string> = { write: "wk", read: "rk", secret: "sk" };
const RANDOM_CHARS = 32;
/** Bytes from here up would favour the alphabet's beginning. */
const FAIR_BYTES = 256 - (256 % KEY_ALPHABET.length);

/**
 * A key `PREFIX_WORKSPACE_RANDOM` and its seal; 32 characters out of 62 are 190 bits.
 *
 * @throws Error without WORKSPACE_SECRET: no workspace could exist either
 */
export async function makeKey(
	{ WORKSPACE_SECRET: secret }: Env,
	workspace: string,
	kind: KeyKind,
	name: string,
	limits: { origins?: string[]; server?: boolean } = {},
): Promise<{ key: string; hash: string; record: KeyRecord }> {
	if (!secret) throw new Error("keys are made with the WORKSPACE_SECRET");
	const start = `${PREFIX[kind]}_${workspace}_${makeRandom()}`;
	const key = `${start}${sealOf(start, secret)}`;
	const hash = await hashKey(key);
	const record: KeyRecord = {
		id: hash.slice(0, 16),
		kind,
		name,
		origins: limits.origins ?? [],
		server: limits.server ?? false,
		createdAt: Date.now(),
		...(kind === "write" ? { key } : {}),
	};
	return { key, hash, record };
}

function makeRandom(): string {
	let text = "";
	while (text.length < RANDOM_CHARS) {
		for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_CHARS))) {
			if (byte < FAIR_BYTES && text.length < RANDOM_CHARS) text += KEY_ALPHABET[byte % KEY_ALPHABET.length];
		}
	}
	return text;
}
