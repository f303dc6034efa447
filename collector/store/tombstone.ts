/** What the log keeps of an erasure. */
import { createHasher, hashOf, readRef } from "../identity/index.ts";
import type { LoggedEvent } from "../model.ts";
import type { WorkspaceConfig } from "./config.ts";

/** An identifier by its keyed hash. */
export type Ref = { kind: string; hash: string };

/** An erase statement as it may lie in the log: hashes, ranges and its time, nothing that names a person. */
export function makeTombstone(event: LoggedEvent, config: WorkspaceConfig): LoggedEvent {
	const { sent } = event;
	if (sent.type !== "erase" || event.trust !== "server") return event;
	const hash = createHasher(config.secret);
	const refOf = (raw: unknown): Ref[] => {
		const identifier = readRef(raw, config.settings.identity, hash);
		return identifier === null ? [] : [{ kind: identifier.kind, hash: hashOf(identifier.node) }];
	};
	const ids = (Array.isArray(sent.ids) ? sent.ids : []).flatMap(refOf).map((ref) => ({ ...ref }));
	const slices = (Array.isArray(sent.slices) ? sent.slices : []).flatMap((slice) =>
		refOf(slice?.id).map((id) => ({ id: { ...id }, from: slice.from, to: slice.to })),
	);
	return { ...event, sent: { type: "erase", messageId: sent.messageId, ids, slices } };
}
