/**
 * A second reading of `identity.md`, to hold the resolver to: rule by rule, event by event, with nothing but
 * loops over everything.
 */
import type { Hash } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import {
	ascending,
	best,
	type Event,
	isBefore,
	isUser,
	type Place,
	readNaively,
	typeOf,
} from "./identity-naive-log.ts";

interface NaiveClaim extends Place {
	ids: string[];
	events: Event[];
	timeline: string;
	visit: number;
	/** Name of the stretch between resets. */
	segment: string;
	serverAt: Place | null;
}

const MINUTES_30 = 30 * 60 * 1000;

/** @returns by `stream messageId` of each data event: a profile id, "unattributed" or "excluded" */
export function resolveNaively(log: LoggedEvent[], hash: Hash): Map<string, string> {
	const { result, counting, resets, pairs, isUnlinked, closure } = readNaively(log, hash);
	const key = ({ s, m }: Place): string => `${s} ${m}`;

	// Visit, claim
	const timelineOf = (event: Event): string =>
		event.device ? (closure(event.device, "link", () => true)[0] as string) : event.s;
	const segmentOf = (timeline: string, at: Place): string => {
		const opening = resets.findLast((reset) => timelineOf(reset) === timeline && isBefore(reset, at));
		return opening ? hash("segment", `${opening.s}\n${opening.m}`) : (timeline.split("=").pop() as string);
	};
	const visitOf = new Map<Event, number>();
	const segment = new Map<Event, string>();
	const claims: NaiveClaim[] = [];
	const claimOf = new Map<Event, NaiveClaim>();
	for (const [index, event] of counting.entries()) {
		const timeline = timelineOf(event);
		segment.set(event, segmentOf(timeline, event));
		const previous = counting.slice(0, index).findLast((other) => timelineOf(other) === timeline);
		const stays = previous && event.t - previous.t <= MINUTES_30 && segment.get(previous) === segment.get(event);
		visitOf.set(event, stays ? (visitOf.get(previous) as number) : index);
		if (event.strong.length === 0) continue;
		// Where no device is, servers' events make claims by themselves.
		const isOfSide = (claim: NaiveClaim) => event.device !== null || (claim.serverAt !== null) === event.isServer;
		const isNear = (claim: NaiveClaim) =>
			event.device !== null || event.t - (claim.events.at(-1) as Event).t <= MINUTES_30;
		const last = claims.findLast(
			(claim) => claim.timeline === timeline && claim.visit === visitOf.get(event) && isOfSide(claim),
		);
		const { t, m, s } = event;
		if (last && isNear(last) && last.ids.join() === event.strong.join()) {
			last.events.push(event);
			if (event.isServer) last.serverAt ??= { t, m, s };
			claimOf.set(event, last);
		} else {
			const claim: NaiveClaim = {
				t,
				m,
				s,
				ids: event.strong,
				events: [event],
				timeline,
				visit: visitOf.get(event) as number,
				segment: segment.get(event) as string,
				serverAt: event.isServer ? { t, m, s } : null,
			};
			claims.push(claim);
			claimOf.set(event, claim);
		}
	}

	// 8, and what servers vouch for
	const serverAliases = pairs.filter(({ type, isServers }) => type === "alias" && isServers);
	const isAliased = (id: string, test: (other: string) => boolean): boolean =>
		serverAliases.some(({ ids }) => ids.includes(id) && ids.every(test));
	const isCarried = (id: string): boolean =>
		isAliased(id, () => true) || claims.some((claim) => claim.serverAt && claim.ids.includes(id));
	const isTied = (id: string): boolean =>
		isAliased(id, isUser) || claims.some((claim) => claim.serverAt && claim.ids.includes(id) && claim.ids.length > 1);
	const isOnDevice = (id: string): boolean =>
		claims.some((claim) => claim.serverAt && claim.ids.includes(id) && claim.events[0]?.device);
	const isVouched = (id: string): boolean => isTied(id) || isOnDevice(id) || (isUser(id) && isCarried(id));
	const heardFor = (id: string): NaiveClaim[] =>
		claims.filter((claim) => claim.ids.includes(id) && (claim.serverAt || !isVouched(id)));
	const strongIds = [...new Set(claims.flatMap((claim) => claim.ids))].sort();
	const shared = strongIds.filter((id) => {
		const beside = new Set(
			heardFor(id)
				.flatMap((claim) => claim.ids)
				.filter((other) => other !== id),
		);
		const users = new Set([...beside].filter(isUser).map((user) => closure(user, "alias", isUser)[0]));
		return beside.size > 100 || (!isUser(id) && users.size >= 3);
	});
	const open = (claim: NaiveClaim): string[] => claim.ids.filter((id) => !shared.includes(id));
	const hub = (claim: NaiveClaim): string | undefined => best(open(claim));

	// 9
	const aliasEnds = pairs
		.filter(({ type }) => type === "alias")
		.flatMap(({ ids }) => ids)
		.filter(isUser);
	let clusters: string[][] = [...new Set([...strongIds, ...aliasEnds])].map((id) => [id]);
	const joinedByServers = new Set<string[]>();
	const cluster = (id: string): string[] => clusters.find((ids) => ids.includes(id)) as string[];
	const areAliased = (x: string, y: string): boolean =>
		closure(x, "alias", (id) => isUser(id) && !shared.includes(id)).includes(y);
	const join = (x: string, y: string, isAlias: boolean, isServers: boolean): void => {
		const [a, b] = [cluster(x), cluster(y)];
		if (a === b) return;
		if (a.some((one) => b.some((other) => isUnlinked(one, other)))) return;
		const union = [...a, ...b];
		if (!isAlias) {
			if (a.filter(isUser).some((one) => b.filter(isUser).some((other) => !areAliased(one, other)))) return;
			const count = (test: (type: string) => boolean) => union.filter((id) => test(typeOf(id))).length;
			if (count((type) => type === "email") > 5 || count((type) => type === "phone") > 5) return;
			if (count((type) => type === "unionid") > 2 || count((type) => type.startsWith("openid:")) > 10) return;
			if (union.some((id) => typeOf(id).startsWith("ext:") && count((type) => type === typeOf(id)) > 5)) return;
		}
		const isVouchedFor = (ids: string[]): boolean => ids.some(isTied) || joinedByServers.has(ids);
		if (!isServers && isVouchedFor(a) && isVouchedFor(b)) return;
		if (union.length > 100) return;
		clusters = [...clusters.filter((ids) => ids !== a && ids !== b), union];
		if (isServers || joinedByServers.has(a) || joinedByServers.has(b)) joinedByServers.add(union);
	};
	const aliases = pairs.filter(
		({ type, ids }) => type === "alias" && ids.every(isUser) && !ids.some((id) => shared.includes(id)),
	);
	for (const { ids } of aliases.sort((x, y) => ascending(x.at, y.at)))
		join(ids[0] as string, ids[1] as string, true, true);
	const edges = (tier: (claim: NaiveClaim) => Place | null) =>
		claims
			.flatMap((claim) => {
				const at = tier(claim);
				return at
					? open(claim)
							.filter((id) => id !== hub(claim))
							.map((id) => ({ at, ids: [hub(claim) as string, id].sort() }))
					: [];
			})
			.sort((x, y) => ascending(x.at, y.at) || (x.ids.join() < y.ids.join() ? -1 : 1));
	for (const { ids } of edges((claim) => claim.serverAt)) join(ids[0] as string, ids[1] as string, false, true);

	// 10, 11: a node whose cluster the claim belongs to
	const subject = (claim: NaiveClaim, event?: Event): string | undefined => {
		const x = hub(claim);
		if (x === undefined || isUser(x)) return x;
		const standsAt = (one: NaiveClaim): Place => (isCarried(x) ? (one.serverAt ?? one) : one);
		// Without a device there are no visits, so that an event with nothing else goes where x is when it happens.
		const isEvents = event !== undefined && event.device === null && claim.ids.length === 1;
		const place = isEvents ? event : standsAt(claim);
		const points = claims
			.filter((other) => other.ids.includes(x) && (other.serverAt || !isCarried(x)))
			.filter((other) => open(other).length > 1)
			.map((other) => ({ at: standsAt(other), to: hub(other) as string }))
			.sort((p, q) => ascending(p.at, q.at));
		if (new Set(points.map(({ to }) => cluster(to))).size < 2) return x;
		return (points.findLast(({ at }) => !isBefore(place, at)) ?? points[0])?.to;
	};

	// 12, 13: who is known on a device, aliases of the device among them
	interface Turn {
		at: Place;
		who: string;
		segment: string;
		visit: number | null;
		isServers: boolean;
	}
	const turnsOn = (timeline: string): Turn[] => {
		const turns: Turn[] = claims
			.filter((claim) => claim.timeline === timeline && subject(claim) !== undefined)
			.map((claim) => ({
				at: claim,
				who: subject(claim) as string,
				segment: claim.segment,
				visit: claim.visit,
				isServers: claim.serverAt !== null,
			}));
		for (const { type, ids, at, isServers } of pairs) {
			const user = ids.find(isUser);
			const device = ids.find((id) => typeOf(id) === "anonymousId");
			if (type !== "alias" || !user || !device || shared.includes(user)) continue;
			if (closure(device, "link", () => true)[0] !== timeline) continue;
			turns.push({ at, who: user, segment: segmentOf(timeline, at), visit: null, isServers });
		}
		return turns.sort((x, y) => ascending(x.at, y.at));
	};
	const isCrowd = (turns: Turn[]): boolean => {
		const people = [...new Set(turns.map(({ who }) => cluster(who)))].map((ids) =>
			ids.some(isCarried) ? ids.filter(isCarried) : ids,
		);
		return [...new Set(people.flat().map(typeOf))].some(
			(type) => people.filter((ids) => ids.some((id) => typeOf(id) === type)).length >= 3,
		);
	};
	let sharedByServers: string[] | null = null;
	const isSharedDevice = (timeline: string): boolean =>
		sharedByServers?.includes(timeline) ||
		((sharedByServers === null || turnsOn(timeline).some((turn) => !turn.isServers)) && isCrowd(turnsOn(timeline)));

	// 14: first where servers say both turns, before public events are heard of anybody
	const devices = [...new Set(counting.filter((event) => event.device).map(timelineOf))].sort();
	const complement = (byServers: boolean): void => {
		const complements = devices
			.filter((timeline) => !isSharedDevice(timeline))
			.flatMap((timeline) => {
				const turns = turnsOn(timeline);
				return turns.slice(1).flatMap((turn, index) => {
					const before = turns[index] as Turn;
					if (before.segment !== turn.segment || (before.isServers && turn.isServers) !== byServers) return [];
					return cluster(before.who) === cluster(turn.who) ? [] : [{ at: turn.at, ids: [before.who, turn.who].sort() }];
				});
			})
			.sort((x, y) => ascending(x.at, y.at) || (x.ids.join() < y.ids.join() ? -1 : 1));
		for (const { ids } of complements) {
			const [x, y] = ids as [string, string];
			const types = cluster(x).map(typeOf);
			if (!cluster(y).some((id) => types.includes(typeOf(id)))) join(x, y, false, byServers);
		}
	};
	complement(true);
	const settledByServers = clusters;
	const crowded = devices.filter((timeline) => isCrowd(turnsOn(timeline).filter((turn) => turn.isServers)));
	for (const { ids } of edges((claim) => claim)) join(ids[0] as string, ids[1] as string, false, false);
	complement(false);
	sharedByServers = crowded;

	// 16
	const profile = (id: string): string => (best(cluster(id)) as string).split("=").pop() as string;

	// 15: a server's claim is the unlinked user's where servers alone say so
	const isTakenOut = (user: string, { who, isServers, visit }: Turn): boolean => {
		if (cluster(user) !== cluster(who)) return false;
		if (!isServers || visit === null) return true;
		return settledByServers.some((members) => members.includes(user) && members.includes(who));
	};

	// 11, 12, 13, 15
	const place = (timeline: string, event: Event): string => {
		const anonymous = segment.get(event) as string;
		const ignored = pairs
			.filter(
				({ type, ids }) =>
					type === "unlink" && ids.some(isUser) && ids.some((id) => closure(id, "link", () => true)[0] === timeline),
			)
			.map(({ ids }) => ids.find(isUser) as string)
			.filter((user) => clusters.some((members) => members.includes(user)));
		const known = turnsOn(timeline)
			.filter((turn) => turn.segment === anonymous)
			.filter((turn) => !ignored.some((user) => isTakenOut(user, turn)));
		const mates = counting.filter((other) => visitOf.get(other) === visitOf.get(event));
		const isNear = ({ visit, at }: Turn): boolean =>
			visit !== null
				? visit === visitOf.get(event)
				: at.t >= (mates[0] as Event).t - MINUTES_30 && at.t <= (mates.at(-1) as Event).t + MINUTES_30;
		const inside = known.filter(isNear);
		if (isSharedDevice(timeline)) {
			const people = new Set(inside.map(({ who }) => profile(who)));
			return people.size === 1 ? ([...people][0] as string) : anonymous;
		}
		const nearest = (turns: Turn[]) => turns.findLast(({ at }) => isBefore(at, event)) ?? turns[0];
		const owner = nearest(inside) ?? nearest(known);
		return owner ? profile(owner.who) : anonymous;
	};
	for (const event of counting) {
		const claim = claimOf.get(event);
		const who = claim && subject(claim, event);
		const timeline = timelineOf(event);
		if (who) result.set(key(event), profile(who));
		else if (event.device) result.set(key(event), place(timeline, claim?.events[0] ?? event));
		else result.set(key(event), (best(event.strong) as string).split("=").pop() as string);
	}
	return result;
}
