/** The Worker: the app, and the three classes of Durable Objects behind it. */
import { app } from "./app.ts";

export {
	IdentityGraphObject as IdentityGraph,
	ProfileShardObject as ProfileShard,
	StreamShardObject as StreamShard,
} from "./store/objects.ts";

export default app;
