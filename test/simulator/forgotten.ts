/** What is left of a log once the limit of idle days has moved over it: the plain reading of `identity/idle.ts`. */
import {
	carriedNodes,
	compareCopies,
	createHasher,
	findForgotten,
	isDevice,
	isErased,
	isLasting,
	isUnattributed,
	linkedGroups,
	type NodeKey,
	readIdentifiers,
	readStatement,
	resolve,
	streamOf,
} from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import type { WorkspaceConfig } from "../../collector/store/config.ts";

interface StreamLook {
	nodes: Set<NodeKey>;
	/** By messageId: the copy that counts. */
	chosen: Map<string, LoggedEvent>;
	/** It names somebody, or stated more than its device's own consent. */
	isKnown: boolean;
}

/** @returns which of the copies are forgotten */
export function findForgottenCopies(
	logged: readonly LoggedEvent[],
	config: WorkspaceConfig,
	cut: number,
): Set<LoggedEvent> {
	const { identity } = config.settings;
	const hash = createHasher(config.secret);
	const { statements, registers, clusters } = resolve(logged, identity, config.secret);
	const erasures = statements.filter((statement) => statement.kind === "erase");
	const streams = new Map<string, StreamLook>();
	const streamOfEvent = new Map<LoggedEvent, string>();
	for (const event of logged) {
		const ids = readIdentifiers(event, identity, hash);
		const stream = streamOf(ids, event.sent.messageId, hash);
		streamOfEvent.set(event, stream);
		const carried = carriedNodes(event, ids, identity, hash);
		if (isErased(erasures, carried, event.timestamp) || isUnattributed(stream)) continue;
		const look = streams.get(stream) ?? { nodes: new Set(), chosen: new Map(), isKnown: false };
		streams.set(stream, look);
		for (const node of carried) look.nodes.add(node);
		const other = look.chosen.get(event.sent.messageId);
		if (other === undefined || compareCopies(event, other) < 0) look.chosen.set(event.sent.messageId, event);
	}
	for (const [stream, look] of streams) {
		look.isKnown = [...look.nodes].some((node) => node !== stream || !isDevice(stream));
		for (const event of look.chosen.values()) {
			const said = readStatement(event, readIdentifiers(event, identity, hash), identity, hash);
			if (said !== null && said.kind !== "consent") look.isKnown = true;
		}
	}
	for (const device of linkedGroups(registers).flat()) {
		const look = streams.get(device);
		if (look !== undefined) look.isKnown = true;
	}
	for (const { kind, a, b } of registers) {
		if (kind !== "alias" || clusters.sharedNodes.has(a) || clusters.sharedNodes.has(b)) continue;
		for (const node of [a, b]) {
			const look = streams.get(node);
			if (look !== undefined) look.isKnown = true;
		}
	}
	const groups = findForgotten(
		[...streams].flatMap(([stream, { nodes, chosen, isKnown }]) => {
			const isIdle = [...chosen.values()].every(({ timestamp }) => timestamp < cut);
			return isKnown ? [{ stream, nodes, isIdle }] : [];
		}),
		clusters.sharedNodes,
	);
	const gone = new Set(groups.flat());
	return new Set(
		logged.filter((event) => gone.has(streamOfEvent.get(event) ?? "") && event.timestamp < cut && !isLasting(event)),
	);
}
