/** What readers ask the identity graph: whose an identifier is, why, and where its events lie. Nothing is changed. */
import {
	DEVICE_KIND,
	hashOf,
	kindOf,
	type LinkRules,
	linkRulesOf,
	type NodeKey,
	nodeKey,
} from "../../identity/index.ts";
import { gatherComponent, type WalkOptions } from "./component.ts";
import { type Explanation, explainProfile } from "./explain.ts";
import type { GraphSql } from "./graph-sql.ts";
import { computeComponent, type Resolved } from "./resolve-component.ts";
import { readSegments } from "./segments.ts";

/** An anonymous profile's id, which is a device's hash or names a stretch of one that a `reset` opened. */
export interface AnonymousId {
	id: string;
	stream: string;
	isSegment: boolean;
}

export class Questions {
	private readonly sql: GraphSql;

	constructor(sql: GraphSql) {
		this.sql = sql;
	}

	/** The profile of an identifier that the graph knows; null for one that it does not. */
	profileOfNode(node: NodeKey): string | null {
		const [row] = this.sql.all<{ profile: string }>(
			"SELECT profile FROM owners WHERE hash = ? AND kind = ?",
			hashOf(node),
			kindOf(node),
		);
		return row?.profile ?? null;
	}

	/** Every identifier's own hash is an alias of its profile (rule 16). */
	heirOf(profileId: string): string | null {
		const [row] = this.sql.all<{ profile: string }>("SELECT profile FROM owners WHERE hash = ? LIMIT 1", profileId);
		return row?.profile ?? null;
	}

	/** Whose each identifier is, after one (`hash kind`), ascending. */
	ownersAfter(after: string, limit: number): { hash: string; kind: string; profile: string }[] {
		const [hash = "", kind = ""] = after.split(" ");
		return this.sql.all(
			"SELECT hash, kind, profile FROM owners WHERE (hash, kind) > (?, ?) ORDER BY hash, kind LIMIT ?",
			hash,
			kind,
			limit,
		);
	}

	/** Of the ids, those of anonymous profiles that the graph knows the stream of: it then knows whose they are now. */
	anonymousAmong(ids: readonly string[]): AnonymousId[] {
		const segments = readSegments(this.sql, ids);
		const devices = this.sql.all<{ node: string }>(
			"SELECT n.node FROM json_each(?1) AS wanted JOIN nodes AS n ON n.node = wanted.value UNION SELECT s.stream FROM json_each(?1) AS wanted JOIN streams AS s ON s.stream = wanted.value AND s.claims IS NOT NULL",
			JSON.stringify(ids.map((id) => nodeKey(DEVICE_KIND, id))),
		);
		return [
			...segments.map(({ id, stream }) => ({ id, stream, isSegment: true })),
			...devices.map(({ node }) => ({ id: hashOf(node), stream: node, isSegment: false })),
		];
	}

	streamsAround(nodes: NodeKey[]): string[] {
		const begin = { streams: new Set<string>(), nodes: new Set(nodes) };
		const { streams, facts } = gatherComponent(this.sql, begin, { throughShared: true });
		return [...new Set([...streams.keys(), ...facts.map(({ at }) => at.s)])];
	}

	streamsOf(node: NodeKey): string[] {
		return this.sql
			.all<{ stream: string }>(
				"SELECT stream FROM nodes WHERE node = ?1 UNION SELECT stream FROM streams WHERE stream = ?1 AND claims IS NOT NULL ORDER BY stream",
				node,
			)
			.map(({ stream }) => stream);
	}

	/** Why a profile's identifiers are one person, and what was kept apart. */
	explain(profileId: string): Explanation {
		return explainProfile(this.resolveAround(profileId), profileId);
	}

	private resolveAround(profileId: string, options: WalkOptions = {}): Resolved {
		const begin = this.sql
			.all<{ hash: string; kind: string }>("SELECT hash, kind FROM owners WHERE hash = ?", profileId)
			.map(({ hash, kind }) => `${kind}=${hash}`);
		return computeComponent(this.sql, { streams: new Set(), nodes: new Set(begin) }, options).resolved;
	}

	/** For each profile: identifier (`kind=hash`) → rule of the strongest link that it has. Who hangs together, on a shared device too, is resolved once. */
	linkRules(profileIds: readonly string[]): LinkRules[] {
		const known = new Map<string, LinkRules>();
		for (const id of profileIds) {
			if (known.has(id)) continue;
			const rulesOf = linkRulesOf(this.resolveAround(id, { throughDevices: true }).resolution);
			for (const [profile, rules] of rulesOf) known.set(profile, rules);
		}
		return profileIds.map((id) => known.get(id) ?? {});
	}
}
