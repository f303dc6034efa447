/**
 * The old part of a head. A fold of ordinary news reads and writes only the latest windows, so that a batch
 * costs the same on a long stream as on a short one; the windows before them lie in pages that are opened
 * when something reaches that far back: a late event, a new claim, an answer of the graph.
 *
 * Of the closed part a fold must know but two things: when it ends, and whose turn it was then (rule 12).
 */
import { claimKey, createCounts, type DeviceAnswer, type Visit } from "../../identity/index.ts";
import type { StreamNews } from "./fold-stream.ts";
import { type Head, VISIT_GAP_MS, type Window } from "./head.ts";
import type { StreamLimits } from "./limits.ts";
import { deviceOf } from "./owners.ts";
import { timelineOf } from "./timeline.ts";

export interface Archive {
	/** Pages of `archivePageWindows` windows each, from 1 on. */
	pages: number;
	/** Time of the last event in them, ms. No gap of a visit joins it to what follows. */
	to: number;
	/** The last claim in them that counts for anonymous events, as a visit of its own; null when none does. */
	turn: Visit | null;
}

/** A page as it is stored, unpacked. */
export interface ArchivePage {
	text: string;
	/** Rows that it takes. */
	parts: number;
}

/** Whether a fold of this news can do without the archive, as far as the news itself tells. */
export function reachesArchive({ archive, claimed }: Head, { rows, answer, strays }: StreamNews): boolean {
	if (archive === null) return false;
	if (answer !== undefined || strays !== undefined || claimed === -1) return true;
	return rows.some(({ events }) => events.some(({ timestamp }) => timestamp - archive.to <= VISIT_GAP_MS));
}

/**
 * How many of the windows at hand, from the first on, are to be closed: whole pages, and no visit goes on
 * over the end of the last. A linked device is cut as part of its group, so it stays open.
 */
export function countClosing({ windows, answer }: Head, limits: StreamLimits): number {
	const { archivePageWindows: size, openWindowsMin } = limits;
	if (answer?.linked) return 0;
	let count = Math.floor((windows.length - openWindowsMin) / size) * size;
	while (count > 0 && windows[count]?.joined !== false) count -= size;
	return Math.max(count, 0);
}

/** @param closing windows that go into pages, right after those that are archived */
export function extendArchive(head: Head, closing: readonly Window[], pages: number): Archive {
	const before = head.archive;
	return {
		pages: (before?.pages ?? 0) + pages,
		to: (closing.at(-1) as Window).last.t,
		turn: lastTurn(head, closing) ?? before?.turn ?? null,
	};
}

function lastTurn(head: Head, closing: readonly Window[]): Visit | null {
	const answer = head.answer?.answer;
	if (answer === undefined) return null;
	const counts = createCounts(answer);
	for (const visit of timelineOf(
		{ ...head, windows: [...closing], archive: null },
		deviceOf(head),
	).visits.toReversed()) {
		const claim = visit.claims.findLast((one) => {
			const key = claimKey(one);
			const owner = answer.owners[key];
			return owner !== undefined && owner !== null && counts(owner, key);
		});
		if (claim !== undefined) return { first: claim.first, last: claim.first, segment: visit.segment, claims: [claim] };
	}
	return null;
}

/** Owners of the claims that a fold without the archive may meet. */
export function openOwners(head: Head): DeviceAnswer["owners"] {
	const owners = head.answer?.answer.owners ?? {};
	const open: DeviceAnswer["owners"] = {};
	for (const { claims } of timelineOf(head, deviceOf(head)).visits) {
		for (const claim of claims) {
			const key = claimKey(claim);
			const owner = owners[key];
			if (owner !== undefined) open[key] = owner;
		}
	}
	return open;
}
