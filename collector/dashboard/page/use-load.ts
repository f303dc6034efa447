/** Loading as a value, so that each view shows waiting, failure and result in the same way. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api.ts";

export type Load<T> =
	| {
			state: "loading";
			/** 0 to 1; null: not known. */
			progress: number | null;
			cancel: () => void;
	  }
	| { state: "failed"; error: ApiError; retry: () => void }
	| { state: "cancelled"; retry: () => void }
	| { state: "done"; value: T; retry: () => void };

/** @param tell how much is done, 0 to 1 */
export type Loader<T> = (signal: AbortSignal, tell: (share: number) => void) => Promise<T>;

/**
 * Runs `load` whenever `name` changes; an answer to an older question is dropped, and its request ended.
 *
 * @param name stands for everything that `load` depends on; null: waits
 */
export function useLoad<T>(name: string | null, load: Loader<T>): Load<T> {
	const [round, setRound] = useState(0);
	const [progress, setProgress] = useState<number | null>(null);
	const [result, setResult] = useState<{ name: string; round: number; load: Load<T> } | null>(null);
	const latest = useRef(load);
	latest.current = load;
	const controller = useRef<AbortController | null>(null);
	const retry = useCallback(() => setRound((before) => before + 1), []);
	useEffect(() => {
		if (name === null) return;
		const abort = new AbortController();
		controller.current = abort;
		setProgress(null);
		const finish = (value: Load<T>) => {
			if (!abort.signal.aborted) setResult({ name, round, load: value });
		};
		const tell = (share: number) => {
			if (!abort.signal.aborted) setProgress(share);
		};
		latest.current(abort.signal, tell).then(
			(value) => finish({ state: "done", value, retry }),
			(error: unknown) =>
				finish({
					state: "failed",
					retry,
					error: error instanceof ApiError ? error : new ApiError(0, "internal", String(error)),
				}),
		);
		return () => abort.abort();
	}, [name, round, retry]);
	if (name !== null && result !== null && result.name === name && result.round === round) return result.load;
	const cancel = () => {
		controller.current?.abort();
		if (name !== null) setResult({ name, round, load: { state: "cancelled", retry } });
	};
	return { state: "loading", progress, cancel };
}
