/**
 * Which stream a stretch between resets lies in (rule 12), by the id of its anonymous profile: that id is a hash of the
 * `reset` that opens the stretch, so nothing else tells where its profile went once somebody was named there. Whose it is now
 * its stream knows. A row for each stretch in which somebody is named; most resets end a device's use and open none such.
 */
import { anonymousProfile, type DeviceAnswer, type Hash, segmentAt, type Timeline } from "../../identity/index.ts";
import type { Position } from "../../model.ts";
import type { StreamClaims } from "../messages.ts";
import type { Sql } from "../ports.ts";

export const SEGMENTS_SCHEMA = `CREATE TABLE IF NOT EXISTS segments (
	id TEXT PRIMARY KEY,     -- of the stretch's anonymous profile
	stream TEXT NOT NULL     -- that logged the reset
) WITHOUT ROWID`;

/**
 * Keeps what a recompute found of the devices that it went through. To be called in a transaction.
 *
 * @param isOutdated whether a stream has spoken since: its resets may be gone, and another recompute is to come
 */
export function saveSegments(
	sql: Sql,
	timelines: readonly Timeline[],
	answers: ReadonlyMap<string, DeviceAnswer>,
	hash: Hash,
	isOutdated: (stream: string) => boolean,
): void {
	const streams = new Map<string, string>();
	const named = new Set<string>();
	for (const timeline of timelines) {
		const ids = timeline.segments.map(({ opensAt }) => opensAt && anonymousProfile(timeline.devices, opensAt, hash));
		for (const [index, { opensAt }] of timeline.segments.entries()) {
			if (opensAt !== null) streams.set(ids[index] as string, opensAt.s);
		}
		if (ids.length > 1) for (const index of namedSegments(timeline, answers)) named.add(ids[index] ?? "");
	}
	if (streams.size === 0) return;
	const known = new Set(readSegments(sql, [...streams.keys()]).map(({ id }) => id));
	for (const [id, stream] of streams) {
		if (!named.has(id) || known.has(id) || isOutdated(stream)) continue;
		sql.all("INSERT INTO segments (id, stream) VALUES (?, ?)", id, stream);
	}
	deleteSegments(
		sql,
		[...known].filter((id) => !named.has(id)),
	);
}

/** Indices of the stretches with a claim, or an alias of the device. */
function namedSegments({ key, visits, segments }: Timeline, answers: ReadonlyMap<string, DeviceAnswer>): Set<number> {
	const named = new Set(visits.filter(({ claims }) => claims.length > 0).map(({ segment }) => segment));
	for (const { at } of answers.get(key)?.aliasClaims ?? []) named.add(segmentAt(segments, at));
	return named;
}

/** Forgets the stretches whose resets a stream no longer claims. To be called in a transaction. */
export function dropSegments(sql: Sql, before: StreamClaims | null, after: StreamClaims | null, hash: Hash): void {
	const old = before === null ? [] : resetsOf(before);
	if (old.length === 0) return;
	const still = new Set((after === null ? [] : resetsOf(after)).map(({ t, m }) => `${t} ${m}`));
	const gone = old.filter(({ t, m }) => !still.has(`${t} ${m}`));
	deleteSegments(
		sql,
		gone.map((at) => anonymousProfile([], at, hash)),
	);
}

function resetsOf({ timeline, lights }: StreamClaims): Position[] {
	return [...(lights?.resets ?? []), ...(timeline?.segments ?? []).flatMap(({ opensAt }) => opensAt ?? [])];
}

function deleteSegments(sql: Sql, ids: readonly string[]): void {
	if (ids.length === 0) return;
	sql.all("DELETE FROM segments WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
}

/** Those of the ids that name a stretch. */
export function readSegments(sql: Sql, ids: readonly string[]): { id: string; stream: string }[] {
	return sql.all(
		"SELECT s.id, s.stream FROM json_each(?) AS wanted JOIN segments AS s ON s.id = wanted.value",
		JSON.stringify(ids),
	);
}
