/** Light or dark: the system's, until the reader chooses. */

export type Theme = "light" | "dark";
const STORED_AS = "strand-theme";

/** The theme in force; applies a kept choice. */
export function readTheme(): Theme {
	let stored: string | null = null;
	try {
		stored = localStorage.getItem(STORED_AS);
	} catch {
		// Storage is blocked: the system decides.
	}
	if (stored === "light" || stored === "dark") {
		document.documentElement.dataset.theme = stored;
		return stored;
	}
	return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function setTheme(theme: Theme): void {
	document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem(STORED_AS, theme);
	} catch {
		// Storage is blocked: the choice lasts as long as the page.
	}
}
