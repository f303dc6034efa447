/**
 * Folds what is new in one stream: log rows not yet read, and what the graph has said since.
 * Pure but for the reading of rows that it is handed; it takes the head over. The result is the stream's new head and the
 * wanted ends to be sent: pieces by window, and the claims for the graph.
 *
 * Whatever the order in which rows and answers came, the head and the pieces that stand at the
 * end are those of one fold over all of them.
 */
import type { LoggedEvent } from "../../model.ts";
import type { StreamAnswer, WindowPieces } from "../messages.ts";
import { hasOldContent, moveCut, mustRenew, NO_RETENTION, type Retention } from "./aging.ts";
import { reachesArchive } from "./archive.ts";
import { type ClaimsNews, claimsNews } from "./claims.ts";
import { derive } from "./derive.ts";
import { byPosition, type Fact } from "./facts.ts";
import type { Head, Window } from "./head.ts";
import { isAlone, isFallenIdle, judgeIdle } from "./idle.ts";
import { STREAM_LIMITS, type StreamLimits } from "./limits.ts";
import { createOwnership, livedTimeline } from "./owners.ts";
import type { FoldRules } from "./rules.ts";
import { StreamLog } from "./stream-log.ts";
import { takeIn } from "./take-in.ts";

export interface StreamNews {
	/** Rows that the stream was not folded with yet, each once, with its events in them. */
	rows: { row: number; events: LoggedEvent[] }[];
	/** What the graph said since the last fold; undefined when nothing. */
	answer?: StreamAnswer | undefined;
	/** What an interrupted fold may have sent; undefined when nothing. */
	strays?: Strays | undefined;
	/** How much content goes by age; absent: none. */
	retention?: Retention | undefined;
}

/** By window: owners that pieces of it may have been sent to. */
export type Strays = { [window: string]: string[] };

export interface StreamFold {
	head: Head;
	/** Windows whose pieces differ from what was sent last. */
	windows: WindowPieces[];
	/** Claims to tell the graph, where they differ from what it acknowledged. */
	claims: ClaimsNews | null;
	/** By log row: places of the stream's copies there that are to go, being erased or said before. */
	drops: Map<number, Set<number>>;
	/** Log rows that hold content from before the head's cut: it is to go. */
	outdated: ReadonlySet<number>;
	/** The stream's key is to be renewed, since something went: whoever keeps pieces of it, which earlier copies beside theirs must not outlive; null: it stays. */
	sharers: string[] | null;
}

/**
 * @param loadEvents this stream's events in one log row
 * @param isSeen     whether a messageId lies in a sealed bucket of the stream
 * @param openArchive brings a head's archived windows back; asked only where news may reach them
 */
export function foldStream(
	head: Head,
	news: StreamNews,
	rules: FoldRules,
	loadEvents: (row: number) => LoggedEvent[],
	isSeen: (messageId: string) => boolean,
	openArchive: (head: Head) => void,
	limits: StreamLimits = STREAM_LIMITS,
): StreamFold {
	const log = new StreamLog(head, rules, loadEvents);
	const open = () => openArchive(head);
	const { retention = NO_RETENTION } = news;
	const idleBefore = head.idle;
	const isFallen = isFallenIdle(head, retention);
	const forget = news.answer?.forget ?? (isFallen && isAlone(head) && news.rows.length === 0 ? retention.idleCut : 0);
	const hasNewRules = head.rules !== "" && head.rules !== rules.version;
	const mustRebuild = changesReading(head, news.answer) || hasNewRules || forget > 0;
	if (mustRebuild || reachesArchive(head, news) || hasOldContent(head, retention.cut)) open();
	const aged = moveCut(head, log, retention.cut, limits.agedEventsMax);
	if (news.answer !== undefined) {
		const { forget: _, ...answer } = news.answer;
		head.answer = answer;
	}
	head.rules = rules.version;

	const strays = news.strays ?? {};
	const resetsBefore = head.resets.length;
	const nodesBefore = head.nodes.length;
	const intake = takeIn(head, log, news.rows, mustRebuild, isSeen, open, limits, aged, forget);
	const arrived = news.rows.flatMap(({ events }) => events);
	judgeIdle(head, isFallen, arrived, forget, retention);
	if (head.idle !== idleBefore) open();
	// After an erasure all that the stream has is sealed anew.
	if (head.nodes.length !== nodesBefore || intake.wasErased) open();
	if (news.strays !== undefined) head.claimed = -1;
	const interrupted = head.windows.filter(({ id }) => strays[id] !== undefined);
	for (const window of interrupted) window.sent = 0;

	const isAllOpen = intake.rebuilt || news.answer !== undefined || head.resets.length !== resetsBefore;
	const derived = derive(head, log, rules, new Set([...intake.touched, ...interrupted]), isAllOpen, open);

	head.leftovers ||= log.outdated.size > 0;
	const isRenewed = intake.wasErased || mustRenew(head, retention);
	if (isRenewed) {
		open();
		if (head.leftovers) head.renewedAt = retention.cut;
		head.leftovers = false;
	}
	// Whatever the graph is told of needs the archive: while that is closed there is no news for it.
	const claims = head.archive === null ? claimsNews(head) : null;
	const isUnheard = head.answer === null && (claims === null ? head.claimed > 0 : claims.claims !== null);
	const ready = derived.filter(({ window, owners }) => {
		const isNew = owners.length === 0 && strays[window.id] === undefined;
		if (isUnheard && isNew) holdBack(window);
		return !(isUnheard && isNew);
	});

	const windowPieces = (window: number, pieces: WindowPieces["pieces"], owners: string[]): WindowPieces => ({
		stream: head.stream,
		window,
		pieces,
		was: [...new Set([...owners, ...(strays[window] ?? [])])],
	});
	const live = new Set(head.windows.map(({ id }) => id));
	const gone = new Map(intake.gone.map(({ id, owners }) => [id, owners]));
	for (const id of Object.keys(strays).map(Number)) if (!live.has(id) && !gone.has(id)) gone.set(id, []);
	return {
		head,
		windows: [
			...[...gone].map(([id, owners]) => windowPieces(id, [], owners)).filter(({ was }) => was.length > 0),
			...ready.map(({ window, pieces, owners }) => windowPieces(window.id, pieces, owners)),
		],
		claims,
		drops: intake.drops,
		outdated: log.outdated,
		sharers: isRenewed ? [...new Set(head.windows.flatMap(({ owners }) => owners))] : null,
	};
}

/**
 * Two folds of one stream, the second from where the first ended, as one.
 *
 * @param before has sent nothing and taken nothing from the log
 */
export function joinFolds(before: StreamFold, after: StreamFold): StreamFold {
	const wasOf = new Map(before.windows.map(({ window, was }) => [window, was]));
	const again = new Set(after.windows.map(({ window }) => window));
	return {
		...after,
		windows: [
			...before.windows.filter(({ window }) => !again.has(window)),
			...after.windows.map((one) => ({ ...one, was: wasOf.get(one.window) ?? one.was })),
		],
		// What the second has for the graph nobody was told.
		claims: null,
	};
}

/**
 * The graph is about to say for the first time whose a stream's events are: pieces that nobody has yet wait for
 * that, since they would go to the device's own profile only to be taken back.
 */
function holdBack(window: Window): void {
	window.sent = 0;
	window.plan = 0;
	window.owners = [];
}

/** Whether the graph's answer changes how events that were folded already are to be read. */
function changesReading({ answer: before }: Head, answer: StreamAnswer | undefined): boolean {
	if (answer === undefined) return false;
	const known = new Set((before?.erasures ?? []).map((erasure) => JSON.stringify(erasure)));
	return (
		answer.erasures.some((erasure) => !known.has(JSON.stringify(erasure))) ||
		JSON.stringify(answer.consents) !== JSON.stringify(before?.consents ?? []) ||
		answer.linked !== (before?.linked ?? false)
	);
}

/** One logged event of a stream as it is read now. */
export interface ReadEvent {
	fact: Fact;
	/** Null for statements, and for events that belong to nobody. */
	owner: string | null;
	/** Denied by consent: not to be shown. */
	isExcluded: boolean;
}

/** Every event of a folded stream once, ascending, with its owner; a window's are held. @param isWanted windows to be read */
export function* readStream(
	head: Head,
	rules: FoldRules,
	loadEvents: (row: number) => LoggedEvent[],
	isWanted: (window: Window) => boolean = () => true,
): Generator<ReadEvent> {
	const log = new StreamLog(head, rules, loadEvents);
	const ownershipOf = createOwnership(head, livedTimeline(head), rules);
	for (const window of head.windows) {
		if (!isWanted(window)) continue;
		for (const fact of log.factsOf(window).sort(byPosition)) {
			yield { fact, ...(fact.isData ? ownershipOf(fact) : { owner: null, isExcluded: false }) };
		}
		log.forget();
	}
}
