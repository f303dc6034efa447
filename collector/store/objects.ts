/** The three Durable Objects, by the names that `wrangler.toml` binds. */
export { IdentityGraphObject } from "./identity-graph/identity-graph-object.ts";
export { ProfileShardObject } from "./profile-shard/profile-shard-object.ts";
export { StreamShardObject } from "./stream-shard/stream-shard-object.ts";
