/**
 * The rules of a workspace, as a fold uses them: the pure rooms, each handed what it needs of its
 * neighbours.
 */
import { createHasher, type Identifier, type IdentitySettings } from "../../identity/index.ts";
import { classifyTraffic, DEFAULT_SOURCES, readCampaign } from "../../ingest/index.ts";
import { type FoldedWindow, foldWindow, type SessionCarry } from "../../journey/index.ts";
import { rulesVersion, type WorkspaceConfig } from "../config.ts";
import { tagOf } from "../sharding.ts";
import type { Fact, Hash } from "./facts.ts";

/** An event with its owner (null: nobody); `isCut`: a reset parts it from the event before. */
export interface OwnedFact {
	fact: Fact;
	owner: string | null;
	isCut: boolean;
}

export interface FoldRules {
	/** See `rulesVersion`. */
	version: string;
	identity: IdentitySettings;
	hash: Hash;
	/** @param events one window's, ascending */
	foldWindow(stream: string, events: OwnedFact[], carry: SessionCarry | null): FoldedWindow;
}

export function createFoldRules(config: WorkspaceConfig): FoldRules {
	const hash = rememberHashes(createHasher(config.secret));
	// A workspace's own come first: of two entries for one host the first stands.
	const sources = [...config.settings.journey.sources, ...DEFAULT_SOURCES];
	return {
		version: rulesVersion(config),
		identity: config.settings.identity,
		hash,
		foldWindow: (stream, events, carry) => {
			const facts = new Map(events.map(({ fact }) => [fact.event, fact]));
			const tag = tagOf(stream);
			return foldWindow(
				{
					stream,
					events: events.map(({ fact, owner }) => ({
						event: fact.event,
						owner,
						id: touchpointId(fact.event.sent.messageId, tag, hash),
					})),
					cutsBefore: events.map(({ isCut }) => isCut),
					carry,
				},
				config.settings.journey,
				{
					classify: (facts) => classifyTraffic(facts, sources),
					readCampaign,
					hash,
					identities: (event) => {
						const fact = facts.get(event);
						if (fact === undefined) return [];
						return [...(fact.device === null ? [] : [fact.device]), ...fact.strong].map(toIdentity);
					},
				},
			);
		},
	};
}

/** Characters of an id (`design.md` §3). */
const ID_CHARS_MAX = 256;

/**
 * One a stream and messageId. It says the messageId, which the touchpoint's evidence says too, so that it
 * costs next to nothing in a packed piece: a hash would be 16 bytes that nothing packs.
 * @param tag of the stream
 */
function touchpointId(messageId: string, tag: string, hash: Hash): string {
	const id = `${messageId}.${tag}`;
	return id.length <= ID_CHARS_MAX ? id : hash("touchpoint", id);
}

/** Hashes kept by one shard; at the limit all are forgotten. */
const HASHES_MAX = 20_000;

/** A visitor's identifiers come again with every event. */
function rememberHashes(hash: Hash): Hash {
	const known = new Map<string, string>();
	return (kind, value) => {
		const key = `${kind}\n${value}`;
		let hashed = known.get(key);
		if (hashed === undefined) {
			hashed = hash(kind, value);
			if (known.size >= HASHES_MAX) known.clear();
			known.set(key, hashed);
		}
		return hashed;
	};
}

function toIdentity({ kind, value, clear, node }: Identifier): { kind: string; value: string; hash: string } {
	return { kind, value: clear ?? value, hash: node.slice(node.lastIndexOf("=") + 1) };
}
