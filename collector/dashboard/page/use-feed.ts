/** New touchpoints as they come, by the change feed: only what changed is read, however much is stored. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, request, withQuery } from "./api.ts";
import type { TouchpointRow } from "./records.ts";

export type LiveTouch = TouchpointRow & { id: string };

export interface Feed {
	/** Latest first, at most {@link KEPT_MAX}. */
	touches: LiveTouch[];
	/** Since the page began to listen. */
	count: number;
	/** ms since the epoch; null: none yet. */
	lastAt: number | null;
	error: ApiError | null;
}

const POLL_MS = 2_000;
const BACKOFF_MS_MAX = 60_000;
export const KEPT_MAX = 200;
/** A changed profile tells all its rows: older ones than this are not new. */
const NEW_MS = 15 * 60_000;
/** Ids kept to tell new from told; at the limit the oldest are forgotten. */
const TOLD_MAX = 10_000;
const CURSOR = "x-strand-cursor";

/** @param isPaused stops asking and keeps what is shown; going on tells what came meanwhile */
export function useFeed(isPaused: boolean): Feed {
	const [feed, setFeed] = useState<Feed>({ touches: [], count: 0, lastAt: null, error: null });
	const cursor = useRef("");
	const told = useRef(new Set<string>());
	useEffect(() => {
		if (isPaused) return;
		const abort = new AbortController();
		let failures = 0;
		let timer = 0;
		const poll = async () => {
			try {
				if (document.visibilityState === "visible") await readOnce();
				failures = 0;
			} catch (error) {
				if (abort.signal.aborted) return;
				failures++;
				setFeed((before) => ({
					...before,
					error: error instanceof ApiError ? error : new ApiError(0, "internal", String(error)),
				}));
			}
			timer = window.setTimeout(poll, Math.min(BACKOFF_MS_MAX, POLL_MS * 2 ** failures));
		};
		const readOnce = async () => {
			const isFirst = cursor.current === "";
			const from = new Date(Date.now() - NEW_MS).toISOString();
			const path = isFirst
				? "/v1/touchpoints?limit=1"
				: withQuery("/v1/touchpoints", { changedSince: cursor.current, from });
			const response = await request(path, { signal: abort.signal });
			const text = await response.text();
			const lines = isFirst ? [] : text.split("\n").filter((line) => line !== "");
			cursor.current = response.headers.get(CURSOR) ?? "";
			const fresh = lines
				.map((line) => JSON.parse(line) as TouchpointRow)
				.filter((row): row is LiveTouch => typeof row.id === "string" && !told.current.has(row.id));
			for (const { id } of fresh) told.current.add(id);
			while (told.current.size > TOLD_MAX) told.current.delete(told.current.values().next().value ?? "");
			setFeed((before) => ({
				touches: [...fresh, ...before.touches].sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1)).slice(0, KEPT_MAX),
				count: before.count + fresh.length,
				lastAt: fresh.length > 0 ? Date.now() : before.lastAt,
				error: null,
			}));
		};
		void poll();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [isPaused]);
	return feed;
}
