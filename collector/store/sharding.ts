/**
 * Which object holds what. Shard counts are fixed when a workspace is created and CAN NEVER
 * CHANGE afterwards: the index of every stream and profile follows from them.
 */

/** FNV-1a, 32 bits, over UTF-16 code units: stable for ever, since stored data lies by it. */
export function hash32(text: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) {
		hash ^= text.charCodeAt(i);
		hash = Math.imul(hash, 0x01000193);
	}
	return hash >>> 0;
}

/**
 * 53 bits as a safe integer; for finding repeated messageIds, where a collision costs time and never
 * a wrong answer.
 * @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md (cyrb53, public domain)
 */
export function hash53(text: string, seed = 0): number {
	let h1 = 0xdeadbeef ^ seed;
	let h2 = 0x41c6ce57 ^ seed;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		h1 = Math.imul(h1 ^ code, 2654435761);
		h2 = Math.imul(h2 ^ code, 1597334677);
	}
	h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
	h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
	return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}

/** What tells a stream's touchpoints from another's of the same messageId: it stands behind the point of their ids. */
export function tagOf(stream: string): string {
	return hash53(stream).toString(36);
}

/** Shard of a stream or profile: `hash32(key) mod count`. */
export function shardIndex(key: string, count: number): number {
	return hash32(key) % count;
}

const BASE64URL_SORTED = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/**
 * How far into all profiles, in key order, a profile stands: ids are keyed hashes in base64url, so that they lie evenly.
 *
 * @returns 0 to 1, within 1/4096; 0 for what is no such id
 */
export function keyShare(profileId: string): number {
	const [first = -1, second = -1] = [...profileId.slice(0, 2)].map((letter) => BASE64URL_SORTED.indexOf(letter));
	return first < 0 || second < 0 ? 0 : (first * 64 + second) / 4096;
}

/** Names of Durable Objects: a workspace's objects share its name as prefix. */
export const objectName = {
	graph: (workspace: string) => `${workspace}/graph`,
	stream: (workspace: string, index: number) => `${workspace}/stream/${index}`,
	profile: (workspace: string, index: number) => `${workspace}/profile/${index}`,
};
