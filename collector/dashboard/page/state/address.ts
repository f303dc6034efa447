/**
 * The state of a view, kept in the address behind the `#`, where no server, log or referrer sees it:
 * `#/journeys?from=2026-01-01&channel=phone`. Profile ids are keyed hashes; names, mails and what is
 * typed into a search never stand in it.
 */
import { useEffect, useState } from "preact/hooks";

export interface Address {
	view: string;
	/** Second part of the path: a profile id. */
	id: string;
	params: Readonly<Record<string, string>>;
}

export function readAddress(hash: string): Address {
	const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	const [view = "", id = ""] = path.split("/");
	return { view, id: decode(id), params: Object.fromEntries(new URLSearchParams(query)) };
}

/** Parameters that are blank are left out. */
export function writeAddress({ view, id, params }: Address): string {
	const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "")).toString();
	return `#/${view}${id === "" ? "" : `/${encodeURIComponent(id)}`}${query === "" ? "" : `?${query}`}`;
}

export function useAddress(): Address {
	const [hash, setHash] = useState(location.hash);
	useEffect(() => {
		const onChange = () => setHash(location.hash);
		addEventListener("hashchange", onChange);
		return () => removeEventListener("hashchange", onChange);
	}, []);
	return readAddress(hash);
}

/** Changes some parameters of the view that is open; the step back undoes it. */
export function changeParams(changes: Readonly<Record<string, string>>): void {
	const address = readAddress(location.hash);
	location.hash = writeAddress({ ...address, params: { ...address.params, ...changes } });
}

/** Another view, with the time range that is chosen. */
export function linkTo(view: string, id = "", params: Readonly<Record<string, string>> = {}): string {
	const { from = "", to = "", days = "", compare = "" } = readAddress(location.hash).params;
	return writeAddress({ view, id, params: { from, to, days, compare, ...params } });
}

export type PathEnd = "any" | "converted" | "open";

/** Parameters of the list of journeys that walk a path. */
export function pathParams(steps: readonly string[], end: PathEnd): Record<string, string> {
	return { path: steps.join(" > "), pathEnd: end === "any" ? "" : end };
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return ""; // A broken link names nobody.
	}
}
