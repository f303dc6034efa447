import { useState } from "preact/hooks";
import { request, requestJson } from "../api.ts";
import { SecretAction } from "../parts/secret-action.tsx";
import { useWords } from "../words/index.ts";

const POLL_MS = 500;

/** Erases a person after a typed word, and says when it is done. */
export function Erasure({ profileId }: { profileId: string }) {
	const words = useWords();
	const [receipt, setReceipt] = useState("");
	const erase = async (key: string) => {
		const answer = await request(`/v1/profiles/${encodeURIComponent(profileId)}`, { method: "DELETE", key });
		const { receipt: given } = (await answer.json()) as { receipt: string };
		for (;;) {
			const { status } = await requestJson<{ status: string }>(`/v1/erasures/${encodeURIComponent(given)}`, { key });
			if (status === "done") break;
			await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		}
		setReceipt(given);
	};
	if (receipt !== "") {
		return (
			<p role="status">
				{words.person.erased} <code>{receipt}</code>
			</p>
		);
	}
	return (
		<SecretAction
			label={words.person.erase}
			question={words.person.eraseQuestion}
			confirmWord={words.person.eraseWord}
			act={erase}
			isDanger
		/>
	);
}
