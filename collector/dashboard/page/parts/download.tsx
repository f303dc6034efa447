import { useRef, useState } from "preact/hooks";
import { ApiError, request } from "../api.ts";
import { useFormat } from "../format.ts";
import { useWords } from "../words/index.ts";

/** Hands the browser a file that this page made. */
export function saveFile(name: string, content: Blob): void {
	const url = URL.createObjectURL(content);
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	// After the click's own task, since the download begins there.
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A file of the contract, which a plain link could not fetch: the key stands in a header. Says how much has come. */
export function ApiDownload({ path, name, label }: { path: string; name: string; label: string }) {
	const words = useWords();
	const format = useFormat();
	const abort = useRef(new AbortController());
	const [state, setState] = useState<{ bytes: number | null; error?: string }>({ bytes: null });
	const load = async () => {
		const own = new AbortController();
		abort.current = own;
		setState({ bytes: 0 });
		try {
			const { body } = await request(path, { signal: own.signal });
			const chunks: Uint8Array<ArrayBuffer>[] = [];
			let bytes = 0;
			for (const reader = body?.getReader(); reader !== undefined; ) {
				const { value, done } = await reader.read();
				if (done) break;
				chunks.push(value);
				bytes += value.byteLength;
				setState({ bytes });
			}
			saveFile(name, new Blob(chunks));
			setState({ bytes: null });
		} catch (error) {
			if (own.signal.aborted) setState({ bytes: null });
			else {
				const text = error instanceof ApiError ? words.errors(error.code, error.message) : words.errors("offline", "");
				setState({ bytes: null, error: text });
			}
		}
	};
	if (state.bytes !== null) {
		return (
			<span class="row" role="status">
				<progress aria-label={words.common.loading} /> {format.bytes(state.bytes)}
				<button type="button" class="quiet" onClick={() => abort.current.abort()}>
					{words.common.cancel}
				</button>
			</span>
		);
	}
	return (
		<>
			<button type="button" class="quiet" onClick={load}>
				{label}
			</button>
			{state.error !== undefined && <span role="alert">{state.error}</span>}
		</>
	);
}
