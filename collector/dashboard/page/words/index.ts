/** The page's language: chosen by the reader, else the browser's, and kept for the next visit. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en, type Words } from "./en/index.ts";
import { zhCN } from "./zh-cn/index.ts";

export type Language = "en" | "zh-CN";
const TABLES: Record<Language, Words> = { en, "zh-CN": zhCN };
const STORED_AS = "strand-language";

export const LanguageContext = createContext<Language>("en");

/** The words of a language: plain texts, and functions where a number or name stands inside. */
export function useWords(): Words {
	return TABLES[useContext(LanguageContext)];
}

export function useLanguage(): Language {
	return useContext(LanguageContext);
}

export function readLanguage(): Language {
	let stored: string | null = null;
	try {
		stored = localStorage.getItem(STORED_AS);
	} catch {
		// Storage is blocked: the browser's language it is.
	}
	return (stored ?? navigator.language).toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function keepLanguage(language: Language): void {
	try {
		localStorage.setItem(STORED_AS, language);
	} catch {
		// Storage is blocked: the choice lasts as long as the page.
	}
}
