/** Journeys a page at a time, however many there are and however rare the filter: the next page is asked for by the last one's cursor. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, request, withQuery } from "../api.ts";
import type { Journey } from "../records.ts";

/** Rows of a page of the list. */
const PAGE_ROWS = 25;
const NEXT = "x-strand-next";
const PROGRESS = "x-strand-progress";

export interface Pages {
	rows: Journey[];
	state: "reading" | "paused" | "ended" | "stopped" | "failed";
	/** Of everybody, looked through so far: 0 to 1. */
	progress: number;
	error: ApiError | null;
	more: () => void;
	stop: () => void;
}

type State = Pick<Pages, "rows" | "state" | "progress" | "error">;
const BEGIN: State = { rows: [], state: "reading", progress: 0, error: null };

/** @param path of the list, with its filters */
export function usePages(path: string): Pages {
	const [state, setState] = useState<State>(BEGIN);
	const cursor = useRef("");
	const abort = useRef(new AbortController());
	const read = async () => {
		const own = new AbortController();
		abort.current.abort();
		abort.current = own;
		const { signal } = own;
		setState((before) => ({ ...before, state: "reading", error: null }));
		try {
			for (let wanted = PAGE_ROWS; wanted > 0; ) {
				const response = await request(withQuery(path, { limit: wanted, cursor: cursor.current }), { signal });
				const lines = (await response.text()).split("\n").filter((line) => line !== "");
				if (signal.aborted) return;
				const rows = lines.map((line) => JSON.parse(line) as Journey);
				cursor.current = response.headers.get(NEXT) ?? "";
				wanted -= rows.length;
				const isEnd = cursor.current === "";
				setState((before) => ({
					rows: [...before.rows, ...rows],
					state: isEnd ? "ended" : wanted > 0 ? "reading" : "paused",
					progress: isEnd ? 1 : Number(response.headers.get(PROGRESS) ?? 0),
					error: null,
				}));
				if (isEnd) return;
			}
		} catch (thrown) {
			if (signal.aborted) return;
			const error = thrown instanceof ApiError ? thrown : new ApiError(0, "internal", String(thrown));
			setState((before) => ({ ...before, state: "failed", error }));
		}
	};
	useEffect(() => {
		cursor.current = "";
		setState(BEGIN);
		void read();
		return () => abort.current.abort();
	}, [path]);
	return {
		...state,
		more: () => void read(),
		stop: () => {
			abort.current.abort();
			setState((before) => ({ ...before, state: "stopped" }));
		},
	};
}
