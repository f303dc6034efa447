/** What the objects of a workspace say to each other, and the doors that they say it through. */
import type { DeviceAnswer, EraseStatement, LightEvent, NodeKey, Statement, Timeline } from "../identity/index.ts";
import type { Piece, Position } from "../model.ts";
import type { WorkspaceConfig } from "./config.ts";
import type { Envelope, Receipt } from "./links.ts";

/** Stream → graph: all that the graph may know of a stream. Hashes and times only. */
export interface StreamClaims {
	/** The stream's own device; null for a stream of a strong identifier or of nobody. */
	device: NodeKey | null;
	/** Every identifier that any logged event carries, the device included; sorted. */
	nodes: NodeKey[];
	statements: Statement[];
	/** The device's own cutting; null when the device is linked to others, which `lights` then serves. */
	timeline: Timeline | null;
	/** Of a linked device: every event that counts, and its resets, so that the graph can cut the group as one. */
	lights: { events: LightEvent[]; resets: Position[] } | null;
	/** Nothing of it is as young as this, ms: see `stream-shard/idle.ts`. 0: and nothing is left to be forgotten; absent: somebody was heard of. */
	idle?: number;
}

export interface ClaimsBody {
	streams: { stream: string; shard: number; claims: StreamClaims | null }[];
}

/** Graph → stream: what the stream needs to decide for each of its events. */
export interface StreamAnswer {
	/** Consent statements of other streams about identifiers that this stream carries. */
	consents: Extract<Statement, { kind: "consent" }>[];
	erasures: Extract<Statement, { kind: "erase" }>[];
	/** This device is one with others: send lights. */
	linked: boolean;
	/** The group's cutting, where linked. */
	timeline: Timeline | null;
	answer: DeviceAnswer;
	/** All before this, ms, is to be forgotten, once. */
	forget?: number;
}

/** The graph's word on claims. Its answers to their streams come along where it could give them at once; all others come later, as a message of its own. */
export interface ClaimsReceipt extends Receipt {
	answers: { stream: string; answer: StreamAnswer }[];
}

export interface AnswersBody {
	/** Present when settings changed. */
	config?: WorkspaceConfig;
	/** Erasures that the shard's rejections have not been searched for yet. */
	erasures?: EraseStatement[];
	streams: { stream: string; answer: StreamAnswer }[];
}

/** Stream → profile shard: the pieces of one window on that shard, whole. */
export interface WindowPieces {
	stream: string;
	window: number;
	pieces: Piece[];
	/** Owners that may have held pieces of this window here before: whoever is not in `pieces` loses his. */
	was: string[];
}

export interface PiecesBody {
	windows: WindowPieces[];
	/** Streams that something was erased from: what these profiles keep of them is to be sealed anew, so that no older copy can be read. */
	erased: { stream: string; profiles: string[] }[];
}

export interface GraphDoor {
	config(): Promise<WorkspaceConfig | null>;
	acceptClaims(envelope: Envelope<ClaimsBody>): Promise<ClaimsReceipt>;
}

export interface StreamDoor {
	acceptAnswers(envelope: Envelope<AnswersBody>): Promise<Receipt>;
}

export interface ProfileDoor {
	acceptPieces(envelope: Envelope<PiecesBody>): Promise<Receipt>;
}
