import { type Language, useWords } from "../words/index.ts";

export function LanguageSwitch({ onLanguage }: { onLanguage: (language: Language) => void }) {
	const words = useWords();
	return (
		<button type="button" lang={words.other.code} onClick={() => onLanguage(words.other.code)}>
			{words.other.name}
		</button>
	);
}
