/** What the runtime hands the Worker: bindings and secrets, the same names on Cloudflare and under `workerd serve`. */
import type { IdentityGraphObject, ProfileShardObject, StreamShardObject } from "./store/objects.ts";

export interface Env {
	STREAM_SHARDS: DurableObjectNamespace<StreamShardObject>;
	IDENTITY_GRAPH: DurableObjectNamespace<IdentityGraphObject>;
	PROFILE_SHARDS: DurableObjectNamespace<ProfileShardObject>;
	/** `dist/public`: the script, the dashboard. A disk service locally, which sends no content type. */
	ASSETS: Fetcher;
	/** The example shop; only `npm start` binds it. */
	EXAMPLES?: Fetcher;
	/** Opens `/internal/…`; without it those doors stay shut. */
	ADMIN_TOKEN?: string;
	/** Keys every hash of an identifier, and seals every key. Changing it makes all keys unknown. */
	WORKSPACE_SECRET?: string;
	/** Shard counts of a new workspace. */
	STREAM_SHARD_COUNT?: string;
	PROFILE_SHARD_COUNT?: string;
	/** Events that a stream shard takes unfolded before it answers `overloaded`. */
	BACKLOG_EVENTS_MAX?: string;
	/** Milliseconds from an append to its folding, only to measure the acknowledge path alone; absent: 25. */
	FOLD_DELAY_MS?: string;
	/** "1": webhooks may go to addresses of the network that this runs in, and by http. */
	WEBHOOK_PRIVATE_ADDRESSES?: string;
	/** Requests a minute of one public key from one address prefix; 0 or absent: no limit. */
	RATE_LIMIT_PER_MINUTE?: string;
	/**
	 * Header in which the edge or the reverse proxy in front of us tells the sender's address. Absent: none is believed,
	 * since anyone could write one, and all senders count as one.
	 */
	CLIENT_ADDRESS_HEADER?: string;
}
