/** Where a key is asked for. The key is tried before the door opens. */
import { useState } from "preact/hooks";
import { ApiError, request } from "./api.ts";
import { LanguageSwitch } from "./parts/language-switch.tsx";
import { changeKey, readReason } from "./state/session.ts";
import { type Language, useWords } from "./words/index.ts";

export function Door({ onLanguage }: { onLanguage: (language: Language) => void }) {
	const words = useWords();
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState(readReason() === "expired" ? words.door.expired : "");
	const open = async (event: SubmitEvent) => {
		event.preventDefault();
		const key = String(new FormData(event.currentTarget as HTMLFormElement).get("key") ?? "").trim();
		// A header cannot carry it, so that it is no key.
		if (!/^[\w-]+$/.test(key)) {
			setError(words.errors("unknown_key", ""));
			return;
		}
		setBusy(true);
		setError("");
		try {
			await request("/v1/settings", { key });
			changeKey(key);
		} catch (thrown) {
			setError(thrown instanceof ApiError ? words.errors(thrown.code, thrown.message) : String(thrown));
			setBusy(false);
		}
	};
	return (
		<main class="door">
			<h1>Strand</h1>
			<p>{words.door.says}</p>
			<form onSubmit={open}>
				<label>
					{words.door.key}
					<input name="key" type="password" autocomplete="off" required placeholder="rk_…" />
				</label>
				{error !== "" && <p role="alert">{error}</p>}
				<button type="submit" class="main" disabled={isBusy}>
					{words.door.open}
				</button>
			</form>
			<p class="note">{words.door.where}</p>
			<LanguageSwitch onLanguage={onLanguage} />
		</main>
	);
}
