/**
 * Rules 1 to 7 of the second reading (`identity-naive.ts`): which events count, and what was said of whom.
 * It knows the plain shapes that `identity-history.ts` makes up and no normalising.
 */
import { createHash } from "node:crypto";
import type { Hash } from "../../collector/identity/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";

export interface Place {
	t: number;
	m: string;
	s: string;
}

export interface Event extends Place {
	logged: LoggedEvent;
	type: string;
	device: string | null;
	strong: string[];
	isServer: boolean;
}

const TYPES = ["userId", "ext", "unionid", "phone", "email", "openid"];

export const isBefore = (x: Place, y: Place): boolean =>
	x.t !== y.t ? x.t < y.t : x.m !== y.m ? x.m < y.m : x.s < y.s;
export const ascending = (x: Place, y: Place): number => (isBefore(x, y) ? -1 : isBefore(y, x) ? 1 : 0);
export const typeOf = (id: string): string => id.split("=")[0] as string;
const rank = (id: string): number => TYPES.indexOf(typeOf(id).split(":")[0] as string);
export const isUser = (id: string): boolean => typeOf(id) === "userId";
export const best = (ids: string[]): string | undefined =>
	ids.toSorted((x, y) => rank(x) - rank(y) || (x < y ? -1 : 1))[0];
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The pair of a statement in force. */
export interface Pair {
	type: string;
	ids: string[];
	at: Place;
	isServers: boolean;
}

export interface NaiveLog {
	/** By `stream messageId` of each data event, as far as rules 1 to 6 decide. */
	result: Map<string, string>;
	/** Data events that are left to rules 8 to 16; ascending. */
	counting: Event[];
	resets: Event[];
	pairs: Pair[];
	isUnlinked(x: string, y: string): boolean;
	/** All that pairs of a type in force lead to, through ids that pass; sorted. */
	closure(start: string, type: string, pass: (id: string) => boolean): string[];
}

export function readNaively(log: LoggedEvent[], hash: Hash): NaiveLog {
	const node = (type: string, value: string) => `${type}=${hash(type, value)}`;
	const named = (ref: { [type: string]: string }): string => {
		const [type, value] = Object.entries(ref)[0] as [string, string];
		return node(type, type === "email" || type === "phone" ? sha(value) : value);
	};
	const streamOf = (device: string | null, strong: string[], m: string): string =>
		device ??
		best(strong) ??
		`none=${"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(hash("none", m).charAt(0))}`;

	// 2, 3
	const all: Event[] = log.map((logged) => {
		const { sent } = logged;
		const device = sent.anonymousId ? node("anonymousId", sent.anonymousId) : null;
		const strong: string[] = [];
		if (sent.type !== "group") {
			if (sent.userId) strong.push(node("userId", sent.userId));
			for (const type of ["email", "phone", "unionid"]) {
				const value = sent.traits?.[type];
				if (typeof value === "string") strong.push(named({ [type]: value }));
			}
			for (const { type, id } of sent.externalIds ?? []) strong.push(node(`ext:${type}`, id));
		}
		const ids = sent.type === "group" ? null : device;
		const s = streamOf(ids, strong, sent.messageId);
		const isServer = logged.trust === "server";
		return {
			logged,
			t: logged.timestamp,
			m: sent.messageId,
			s,
			type: sent.type,
			device: ids,
			strong: strong.sort(),
			isServer,
		};
	});

	// 7: what a statement joins or parts
	const pairOf = ({ logged: { sent }, device, isServer }: Event): string[] => {
		if (sent.type === "link" && device) return [device, node("anonymousId", sent.previousId as string)];
		if (sent.type === "unlink") return isServer ? (sent.ids ?? []).map(named) : [];
		if (sent.type !== "alias") return [];
		const isDevice =
			sent.previousIdType === "anonymousId" || (!sent.previousIdType && sent.previousId === sent.anonymousId);
		const previous = node(isDevice ? "anonymousId" : "userId", sent.previousId as string);
		if (!isServer && previous !== device) return [];
		return [node("userId", sent.userId as string), previous];
	};

	// 5
	const carried = (event: Event): string[] => {
		const { sent } = event.logged;
		const own = [...event.strong, ...(event.device ? [event.device] : [])];
		if (sent.type === "alias") {
			const isDevice =
				sent.previousIdType === "anonymousId" || (!sent.previousIdType && sent.previousId === sent.anonymousId);
			return [...own, node(isDevice ? "anonymousId" : "userId", sent.previousId as string)];
		}
		if (sent.type === "link") return [...own, node("anonymousId", sent.previousId as string)];
		if (sent.type === "unlink") return [...own, ...(sent.ids ?? []).map(named)];
		return own;
	};
	const erasures = all.filter((event) => event.type === "erase" && event.isServer);
	const isErased = (event: Event): boolean =>
		event.type !== "erase" &&
		erasures.some((erasure) => {
			const listed = (erasure.logged.sent.ids ?? []).map(named);
			const slices = (erasure.logged.sent.slices ?? []).map((slice) => ({ ...slice, id: named(slice.id) }));
			if (event.t > Math.min(erasure.t, erasure.logged.receivedAt)) return false;
			const ids = carried(event);
			if (ids.some((id) => listed.includes(id))) return true;
			return (
				slices.some(
					({ id, from, to }) => ids.includes(id) && Date.parse(from) <= event.t && event.t <= Date.parse(to),
				) &&
				event.strong
					.concat(ids.filter((id) => !id.startsWith("anonymousId=")))
					.every((id) => slices.some((slice) => slice.id === id))
			);
		});

	// 1
	const key = ({ s, m }: Place): string => `${s} ${m}`;
	const text = (copy: Event): string => JSON.stringify(sortKeys(copy.logged.sent));
	const isLess = (x: Event, y: Event): boolean =>
		x.isServer !== y.isServer ? x.isServer : x.t !== y.t ? x.t < y.t : text(x) < text(y);
	const choose = (copies: Event[]): Event[] =>
		copies.filter((copy, index) =>
			copies.every(
				(other, at) => key(other) !== key(copy) || isLess(copy, other) || (!isLess(other, copy) && index <= at),
			),
		);
	const chosen = choose(all.filter((copy) => !isErased(copy))).sort(ascending);

	const isData = (event: Event): boolean => ["page", "track", "identify", "group"].includes(event.type);
	const result = new Map<string, string>();
	const erased = choose(all).filter((event) => chosen.every((other) => key(other) !== key(event)));
	for (const event of [...chosen, ...erased].filter(isData)) result.set(key(event), "excluded");

	// 7: the latest statement of each pair; a server's before any public one
	const force = (one: string, other: string): Event | undefined => {
		const said = chosen.filter((event) => {
			const pair = pairOf(event);
			return pair.length === 2 && one !== other && pair.includes(one) && pair.includes(other);
		});
		return said.findLast(({ isServer }) => isServer) ?? said.at(-1);
	};
	const pairs = chosen
		.filter((event) => {
			const [one, other] = pairOf(event);
			return one !== undefined && other !== undefined && one !== other && force(one, other) === event;
		})
		.map((event) => ({ type: event.type, ids: pairOf(event), at: event as Place, isServers: event.isServer }));
	const isUnlinked = (x: string, y: string): boolean =>
		pairs.some(({ type, ids }) => type === "unlink" && ids.includes(x) && ids.includes(y) && x !== y);
	const closure = (start: string, type: string, pass: (id: string) => boolean): string[] => {
		const found = [start];
		for (const id of found) {
			for (const pair of pairs) {
				if (pair.type !== type || !pair.ids.includes(id)) continue;
				for (const next of pair.ids) if (pass(next) && !found.includes(next)) found.push(next);
			}
		}
		return found.sort();
	};

	// 6
	const consent = (event: Event, what: string): boolean => {
		const ids = [...event.strong, ...(event.device ? [event.device] : [])];
		const said = chosen.filter((other) => {
			if (other.type !== "consent" || other.t > event.t || typeof other.logged.sent.traits?.[what] !== "boolean")
				return false;
			if (event.isServer && event.strong.length > 0 && !other.isServer) return false;
			const about = other.isServer ? [...other.strong, other.device] : [other.device];
			return about.some((id) => id !== null && ids.includes(id));
		});
		return said.length === 0 || said.at(-1)?.logged.sent.traits?.[what] === true;
	};
	const counting: Event[] = [];
	for (const event of chosen.filter(isData)) {
		if (!consent(event, "analytics")) continue;
		if (event.s.startsWith("none=")) result.set(key(event), "unattributed");
		else if (consent(event, "stitching")) counting.push(event);
		else result.set(key(event), event.device ? hash("isolated", event.device) : "unattributed");
	}
	const resets = chosen.filter((event) => event.type === "reset" && event.device);
	return { result, counting, resets, pairs, isUnlinked, closure };
}

function sortKeys(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sortKeys);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([x], [y]) => (x < y ? -1 : 1))
			.map(([name, item]) => [name, sortKeys(item)]),
	);
}
