/** New keys. Their randomness is the platform's; only hashes of read and secret keys are ever stored. */
import type { KeyKind, KeyRecord } from "../store/identity-graph/keys.ts";
import { hashKey } from "./access.ts";

const PREFIX: Record<KeyKind, string> = { write: "wk", read: "rk", secret: "sk" };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_CHARS = 32;

/** A key `PREFIX_WORKSPACE_RANDOM`; 32 characters out of 62 are 190 bits. */
export async function makeKey(
	workspace: string,
	kind: KeyKind,
	name: string,
	limits: { origins?: string[]; server?: boolean } = {},
): Promise<{ key: string; hash: string; record: KeyRecord }> {
	const key = `${PREFIX[kind]}_${workspace}_${makeRandom()}`;
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
		// Bytes from 248 up would favour the alphabet's beginning.
		for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_CHARS))) {
			if (byte < 248 && text.length < RANDOM_CHARS) text += ALPHABET[byte % 62];
		}
	}
	return text;
}
