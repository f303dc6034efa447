import { useState } from "preact/hooks";
import { ApiError, requestJson } from "../api.ts";
import type { Profile } from "../records.ts";
import { linkTo } from "../state/address.ts";
import { useWords } from "../words/index.ts";

/** Tried in this order for what looks like neither a mail address nor a phone number. */
const ID_KINDS = ["userId", "anonymousId", "unionid"];

/** One person by any identifier. What is typed goes into the body of a request, never into an address. */
export function Search() {
	const words = useWords();
	const [error, setError] = useState("");
	const [isBusy, setBusy] = useState(false);
	const search = async (event: SubmitEvent) => {
		event.preventDefault();
		const text = String(new FormData(event.currentTarget as HTMLFormElement).get("identifier") ?? "").trim();
		setError("");
		setBusy(true);
		try {
			const profileId = await find(text);
			if (profileId === null) setError(words.journeys.nobody);
			else location.hash = linkTo("journeys", profileId);
		} catch (thrown) {
			setError(thrown instanceof ApiError ? words.errors(thrown.code, thrown.message) : String(thrown));
		}
		setBusy(false);
	};
	return (
		<search>
			<form class="row filters" onSubmit={search}>
				<input
					name="identifier"
					type="search"
					required
					aria-label={words.journeys.search}
					placeholder={words.journeys.searchHint}
					autocomplete="off"
				/>
				<button type="submit" class="main" disabled={isBusy}>
					{words.journeys.find}
				</button>
				{error !== "" && <p role="alert">{error}</p>}
			</form>
		</search>
	);
}

/** @returns null when nobody is known by it @throws ApiError */
async function find(text: string): Promise<string | null> {
	for (const kind of kindsOf(text)) {
		try {
			const body = { [kind]: text };
			return (await requestJson<Profile>("/v1/profiles/lookup", { method: "POST", body })).profileId;
		} catch (thrown) {
			// Not of this kind, or not known by it: the next one may be.
			if (!(thrown instanceof ApiError) || (thrown.status !== 404 && thrown.status !== 400)) throw thrown;
		}
	}
	return null;
}

export function kindsOf(text: string): string[] {
	if (text.includes("@")) return ["email", ...ID_KINDS];
	return /^\+?[\d\s()-]{6,}$/.test(text) ? ["phone", ...ID_KINDS] : ID_KINDS;
}
