/** Loading as a value, so that each view shows waiting, failure and result in the same way. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api.ts";

export type Load<T> =
	| { state: "loading"; cancel: () => void }
	| { state: "failed"; error: ApiError; retry: () => void }
	| { state: "cancelled"; retry: () => void }
	| { state: "done"; value: T; retry: () => void };

/**
 * Runs `load` whenever `name` changes; an answer to an older question is dropped.
 *
 * @param name stands for everything that `load` depends on
 */
export function useLoad<T>(name: string, load: (signal: AbortSignal) => Promise<T>): Load<T> {
	const [round, setRound] = useState(0);
	const [result, setResult] = useState<{ name: string; round: number; load: Load<T> } | null>(null);
	const latest = useRef(load);
	latest.current = load;
	const controller = useRef<AbortController | null>(null);
	const retry = useCallback(() => setRound((before) => before + 1), []);
	useEffect(() => {
		const abort = new AbortController();
		controller.current = abort;
		const finish = (value: Load<T>) => {
			if (!abort.signal.aborted || value.state === "cancelled") setResult({ name, round, load: value });
		};
		latest.current(abort.signal).then(
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
	if (result !== null && result.name === name && result.round === round) return result.load;
	const cancel = () => {
		controller.current?.abort();
		setResult({ name, round, load: { state: "cancelled", retry } });
	};
	return { state: "loading", cancel };
}
