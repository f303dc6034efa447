import { useState } from "preact/hooks";
import { useWords } from "../words/index.ts";

/** Text to paste elsewhere, with a button that copies it. */
export function CopyText({ text }: { text: string }) {
	const words = useWords();
	const [copied, setCopied] = useState("");
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			setCopied(text);
		} catch {
			// Clipboards need a secure page and consent: the text can still be selected by hand.
			setCopied("");
		}
	};
	return (
		<div class="copy">
			<pre>
				<code>{text}</code>
			</pre>
			<button type="button" onClick={copy}>
				{copied === text ? words.common.copied : words.common.copy}
			</button>
		</div>
	);
}
