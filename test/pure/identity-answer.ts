/** Short ways to write a log of events and to read what the resolver says of it. */
import {
	createHasher,
	type IdentitySettings,
	nodeKey,
	type Resolution,
	resolve,
} from "../../collector/identity/index.ts";
import type { LoggedEvent, Trust } from "../../collector/model.ts";
import { SECRET, SETTINGS, type Sent, START, toLogged } from "./identity-history.ts";

export const hash = createHasher(SECRET);
export const node = (kind: string, value: string): string => nodeKey(kind, hash(kind, value));

const MINUTE_MS = 60_000;

/** An event so many minutes after the start; a track event unless its type is given; a server's unless said. */
export function at(minutes: number, messageId: string, sent: Partial<Sent>, trust: Trust = "server"): LoggedEvent {
	return toLogged({ type: "track", ...sent }, messageId, START + minutes * MINUTE_MS, trust);
}

export function answer(log: readonly LoggedEvent[], settings: IdentitySettings = SETTINGS): Resolution {
	return resolve(log, settings, SECRET);
}

/** Who is together: messageIds by profile, as one line a profile. */
export function together(log: readonly LoggedEvent[], settings?: IdentitySettings): string[] {
	const profiles = Map.groupBy(answer(log, settings).placed, (item) => item.profileId);
	return [...profiles.values()]
		.map((items) =>
			items
				.map((item) => item.messageId)
				.sort()
				.join(" "),
		)
		.sort();
}

/** Everything that the resolver says, in a form that equal answers share. */
export function whole(log: readonly LoggedEvent[]): unknown {
	const { clusters, placed, ...rest } = answer(log);
	const sorted = (map: Map<string, unknown>) => [...map].sort(([x], [y]) => (x < y ? -1 : 1));
	return {
		...rest,
		placed: placed.map(({ stream, messageId, profileId }) => [stream, messageId, profileId]),
		answers: sorted(clusters.answers),
		profileOf: sorted(clusters.profileOf),
		members: sorted(clusters.members),
		contested: sorted(clusters.contested),
		shared: [...clusters.sharedNodes].sort(),
		links: clusters.links,
		refusals: clusters.refusals,
	};
}

/** Where each event is: a profile id, "unattributed" or "excluded", by stream and messageId. */
export function byEvent({ placed, unattributed, excluded }: Resolution): { [event: string]: string } {
	return Object.fromEntries([
		...placed.map((item) => [`${item.stream} ${item.messageId}`, item.profileId]),
		...unattributed.map((item) => [`${item.stream} ${item.messageId}`, "unattributed"]),
		...excluded.map((item) => [`${item.stream} ${item.messageId}`, "excluded"]),
	]);
}
