import { useState } from "preact/hooks";
import { ApiError, request } from "../api.ts";
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

/** A file of the contract, which a plain link could not fetch: the key stands in a header. */
export function ApiDownload({ path, name, label }: { path: string; name: string; label: string }) {
	const words = useWords();
	const [state, setState] = useState<{ busy: boolean; error?: string }>({ busy: false });
	const load = async () => {
		setState({ busy: true });
		try {
			saveFile(name, await (await request(path)).blob());
			setState({ busy: false });
		} catch (error) {
			setState({
				busy: false,
				error: error instanceof ApiError ? words.errors(error.code, error.message) : String(error),
			});
		}
	};
	return (
		<>
			<button type="button" disabled={state.busy} onClick={load}>
				{label}
			</button>
			{state.error !== undefined && <span role="alert">{state.error}</span>}
		</>
	);
}
