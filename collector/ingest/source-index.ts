/** Look-up of a traffic source by host or by the name in `utm_source`. */
import { getPublicSuffix } from "tldts";
import { INGEST_LIMITS } from "./limits.ts";
import type { TrafficSource } from "./traffic-sources.ts";

export interface SourceIndex {
	/** The source whose longest host suffix covers `host` (lower case, no port), else null. */
	findByHost(host: string): TrafficSource | null;
	/** The source that `utm_source` names: by name or alias, else as a host; case is ignored. */
	findByName(name: string): TrafficSource | null;
}

// One index a table, for as long as somebody holds the table.
const indexes = new WeakMap<readonly TrafficSource[], SourceIndex>();

/** The index of a table; made on first use. Of two entries for one host or name, the first stands. */
export function indexSources(sources: readonly TrafficSource[]): SourceIndex {
	const known = indexes.get(sources);
	if (known) return known;
	const byHost = new Map<string, TrafficSource>();
	const byName = new Map<string, TrafficSource>();
	for (const source of sources) {
		for (const host of source.hosts) if (!byHost.has(host)) byHost.set(host, source);
		for (const name of [source.name, ...(source.aliases ?? [])]) if (!byName.has(name)) byName.set(name, source);
	}
	const findByHost = (host: string): TrafficSource | null => {
		if (host.length > INGEST_LIMITS.hostCharsMax) return null;
		for (let suffix = host; ; suffix = suffix.slice(suffix.indexOf(".") + 1)) {
			const dot = suffix.indexOf(".");
			const source = byHost.get(suffix) ?? byHost.get(`${suffix.slice(0, dot)}.*`);
			// `*` stands for `de` or `co.uk`, never for `evil.com`.
			if (source && (byHost.has(suffix) || suffix.slice(dot + 1) === getPublicSuffix(host))) return source;
			if (dot < 0) return null;
		}
	};
	const index: SourceIndex = {
		findByHost,
		findByName: (name) => {
			const text = name.trim().toLowerCase();
			return byName.get(text) ?? (text.includes(".") ? findByHost(text) : null);
		},
	};
	indexes.set(sources, index);
	return index;
}
