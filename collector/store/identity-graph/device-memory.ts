/** Rows of what is remembered of shared devices (shared-device.ts): no more than hashes. */
import type { KnownPerson, KnownTurn, NodeKey, Owner, Stage } from "../../identity/index.ts";
import { HEAD_WORDS, pack, unpack } from "../codec.ts";
import type { Sql } from "../ports.ts";
import type { DeviceMemory, RememberedFact } from "./shared-device.ts";

export const SHARED_DEVICES_SCHEMA = `CREATE TABLE IF NOT EXISTS shared_devices (
	device TEXT PRIMARY KEY, -- at which a walk stops
	body BLOB NOT NULL       -- DeviceMemory, packed
) WITHOUT ROWID`;

/** Below the platform's 2 MB for a row. A device of which more is to be remembered is walked through. */
const BODY_BYTES_MAX = 1_800_000;

const STAGES: readonly Stage[] = ["serverTier", "servers", "publicTier", "final"];
/** Place of a person that was not looked at. */
const NOBODY = -1;

interface Stored {
	people: [id: string, kinds: string[]][];
	facts: [digest: number, nodes: NodeKey[], owner: Owner, isHeard: 0 | 1, people: number[] | null][];
}

/** By device; those of which nothing is remembered are left out. */
export function readMemories(sql: Sql, devices: readonly string[]): Map<string, DeviceMemory> {
	if (devices.length === 0) return new Map();
	const rows = sql.all<{ device: string; body: ArrayBuffer }>(
		"SELECT s.device, s.body FROM json_each(?) AS wanted JOIN shared_devices AS s ON s.device = wanted.value",
		JSON.stringify(devices),
	);
	return new Map(rows.map(({ device, body }) => [device, decode(body)]));
}

/**
 * Keeps what a recompute found. To be called in a transaction.
 *
 * @param devices all that it touched; what is not in `memories` is forgotten
 */
export function saveMemories(sql: Sql, devices: readonly string[], memories: ReadonlyMap<string, DeviceMemory>): void {
	const gone = new Set(devices);
	for (const [device, memory] of memories) {
		const body = encode(memory);
		if (body.byteLength > BODY_BYTES_MAX) continue;
		gone.delete(device);
		sql.all(
			"INSERT INTO shared_devices (device, body) VALUES (?1, ?2) ON CONFLICT (device) DO UPDATE SET body = ?2 WHERE body <> ?2",
			device,
			body,
		);
	}
	if (gone.size === 0) return;
	sql.all("DELETE FROM shared_devices WHERE device IN (SELECT value FROM json_each(?))", JSON.stringify([...gone]));
}

/** Every device is walked through once: other rules may find otherwise. */
export function forgetMemories(sql: Sql): void {
	sql.all("DELETE FROM shared_devices");
}

function encode(memory: DeviceMemory): Uint8Array {
	const places = new Map<string, number>();
	const people: Stored["people"] = [];
	const placeOf = ({ id, kinds }: KnownPerson): number => {
		const name = JSON.stringify([id, kinds]);
		const place = places.get(name) ?? people.push([id, kinds]) - 1;
		places.set(name, place);
		return place;
	};
	const facts = [...memory].map(([digest, { nodes, owner, isHeard, people: known }]): Stored["facts"][number] => [
		digest,
		nodes,
		owner,
		isHeard ? 1 : 0,
		known && STAGES.map((stage) => (known[stage] === undefined ? NOBODY : placeOf(known[stage]))),
	]);
	return pack(JSON.stringify({ people, facts } satisfies Stored), HEAD_WORDS);
}

function decode(body: ArrayBuffer): DeviceMemory {
	const { people, facts } = JSON.parse(unpack(new Uint8Array(body), HEAD_WORDS)) as Stored;
	const named = people.map(([id, kinds]): KnownPerson => ({ id, kinds }));
	const knownAt = (places: number[]): KnownTurn["people"] =>
		Object.fromEntries(
			STAGES.flatMap((stage, index) => (places[index] === NOBODY ? [] : [[stage, named[places[index] as number]]])),
		);
	return new Map(
		facts.map(([digest, nodes, owner, isHeard, places]): [number, RememberedFact] => [
			digest,
			{ nodes, owner, isHeard: isHeard === 1, people: places && knownAt(places) },
		]),
	);
}
