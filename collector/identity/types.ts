/**
 * The nouns of identity resolution (`identity.md`), shared by the pure rules, by the batch
 * resolver that is the definition of right, and by the store that delivers the same answer
 * incrementally. Nothing here knows storage or time.
 */
import type { Position, Trust } from "../model.ts";

/**
 * An identifier as the graph knows it: `<kind>=<hash>`, the hash being the first 128 bits of
 * HMAC-SHA-256(workspace secret, kind "\n" normalised value) in base64url (22 characters).
 * Kinds: `userId`, `ext:<type>`, `unionid`, `phone`, `email`, `openid:<appId>`, `anonymousId`.
 */
export type NodeKey = string;

/** 22 characters, base64url: the hash of the node or the segment that names the profile (rule 16). */
export type ProfileId = string;

/** A normalised, unblocked identifier that an event carries. */
export interface Identifier {
	kind: string;
	/** Normalised; SHA-256 hex for `email` and `phone`. */
	value: string;
	node: NodeKey;
	/** For `email` and `phone` given in clear: the normalised clear value. */
	clear?: string;
}

export interface IdentitySettings {
	/** Default region of phone numbers, ISO 3166-1 alpha-2 (workspace setting; default CN). */
	phoneRegion: string;
	/** Extra blocked values by kind (`*` for all): exact values (compared as rule 4 compares) and regular expressions. */
	blocked: { kind: string; values?: string[]; patterns?: string[] }[];
}

/** What one event says of identity: the only thing that visits and claims look at. */
export interface LightEvent {
	at: Position;
	/** Strong identifiers, sorted and unique; empty for an anonymous event. */
	nodes: NodeKey[];
	trust: Trust;
}

/** Consecutive events of one visit with the same strong identifiers; it stands at `first`. */
export interface Claim {
	/** Sorted, at least one. */
	nodes: NodeKey[];
	first: Position;
	last: Position;
	/** Earliest event of server trust in the claim, where there is one. */
	serverFirst: Position | null;
}

/** No gap over 30 min and no `reset` inside. */
export interface Visit {
	first: Position;
	last: Position;
	/** Index into `Timeline.segments`. */
	segment: number;
	/** Ascending by `first`. */
	claims: Claim[];
}

/**
 * A stretch of a device between resets; `opensAt` is null for the first. There is one more than
 * there are resets, whether or not events lie in each.
 */
export interface Segment {
	opensAt: Position | null;
}

/**
 * One device's events, cut. For a stream without a device (`device` null) the same cutting
 * applies, but rules 12 to 15 do not. A linked group of devices is ONE timeline over all of its streams.
 */
export interface Timeline {
	/** Unique: the stream key, or for a linked group the smallest of its stream keys. */
	key: string;
	/** `anonymousId` nodes of the device: one, or several when linked; empty for a stream without a device. */
	devices: NodeKey[];
	segments: Segment[];
	/** Ascending; every event that counts lies in exactly one. */
	visits: Visit[];
}

/** The state in force of one unordered pair (rule 7), after last-writer-wins by ≺. */
export interface PairState {
	kind: "alias" | "link" | "unlink";
	/** Sorted. */
	a: NodeKey;
	b: NodeKey;
	/** Position of the statement that won. */
	at: Position;
	trust: Trust;
}

/** A statement as the graph needs it. The graph keeps no other content of an event. */
export type Statement =
	| { kind: "alias" | "link" | "unlink"; at: Position; trust: Trust; a: NodeKey; b: NodeKey }
	| {
			kind: "consent";
			at: Position;
			trust: Trust;
			/** The identifiers that it is about (for public trust only the event's own `anonymousId`). */
			nodes: NodeKey[];
			analytics?: boolean;
			stitching?: boolean;
	  }
	| {
			kind: "erase";
			at: Position;
			trust: Trust;
			nodes: NodeKey[];
			slices: { node: NodeKey; from: number; to: number }[];
			/** T of rule 5: the smaller of timestamp and receivedAt, ms. */
			until: number;
	  };

/** Why two identifiers are one person. */
export interface Link {
	a: NodeKey;
	b: NodeKey;
	rule: "alias" | "server" | "public" | "complement";
	/** Earliest supporting event. */
	at: Position;
}

/** Why two identifiers were not joined. */
export interface Refusal {
	a: NodeKey;
	b: NodeKey;
	rule: Link["rule"];
	at: Position;
	/** `both_vouched`: servers know both people by more than one identifier each, and none says that they are one. */
	reason: "unlinked" | "two_user_ids" | "type_limit" | "both_vouched" | "id_limit";
	/** The type whose limit would be passed, where that is the reason. */
	kind?: string;
}

/** Owner of a claim: `null` where its identifiers name nobody (all shared), so that it is placed like an anonymous event. */
export type Owner = ProfileId | null;

/** What a stream must be told to decide for each of its events (the "down" of `design.md` §2.4). */
export interface DeviceAnswer {
	/** Owner by {@link claimKey} of every claim of the timeline. */
	owners: { [claimKey: string]: Owner };
	/** Rule 13, on the final clusters. */
	shared: boolean;
	/** Owners whose claims do not count for anonymous events (rule 15). */
	ignored: ProfileId[];
	/** By {@link claimKey}: claims of such owners that count all the same (see `device-pairs.ts`); absent where none does. */
	heard?: string[];
	/**
	 * Of a stream without a device whose own identifier is contested (rule 10): from when on it is whose, ascending; of
	 * events that carry nothing else it decides, event by event. Absent elsewhere.
	 */
	handovers?: { at: Position; owner: ProfileId }[];
	/** Rule 7: an alias of a userId and this device acts as a claim at the statement's position. */
	aliasClaims: { at: Position; owner: ProfileId }[];
}

/** Who somebody on a device is, as far as rule 13 asks. */
export interface KnownPerson {
	/** No two people have the same at one time. */
	id: string;
	/** Types of identifier that the person is known by, sorted. */
	kinds: string[];
}

/**
 * When a device is judged (rule 13): before complements of what servers say, by servers' turns alone after those, before
 * complements of all, and when all is settled.
 */
export type Stage = "serverTier" | "servers" | "publicTier" | "final";

/** A claim or alias on a device, and whom it was found to be of, each time that the device was judged. */
export interface KnownTurn {
	isServers: boolean;
	people: { [stage in Stage]?: KnownPerson };
}

/** What claims that are not among the timelines' are known to show. */
export interface Elsewhere {
	/** Identifiers that are shared. */
	shared: ReadonlySet<NodeKey>;
	/** By `Timeline.key`, of devices of which claims are left out: the turns of those. All such a device's people are joined elsewhere. */
	others: ReadonlyMap<string, readonly KnownTurn[]>;
}

/** The whole answer for a set of timelines that is closed under rule 17. */
export interface ClusterResolution {
	/** By `Timeline.key`. */
	answers: Map<string, DeviceAnswer>;
	/** Profile of each strong node's own cluster. */
	profileOf: Map<NodeKey, ProfileId>;
	/** Members of each cluster, sorted, by profile id. */
	members: Map<ProfileId, NodeKey[]>;
	sharedNodes: Set<NodeKey>;
	/** Rule 10: for contested nodes, ascending. */
	contested: Map<NodeKey, { at: Position; owner: ProfileId }[]>;
	links: Link[];
	refusals: Refusal[];
	/** By `Timeline.key`, of the shared devices that join nobody (rule 14): their turns, by `claimKey` or `aliasKey`. */
	known: Map<string, Map<string, KnownTurn>>;
	/** `Timeline.key` of devices with claims left out for which that is not so, or no longer known: what is said of all their people does not hold. */
	lapsed: Set<string>;
}
