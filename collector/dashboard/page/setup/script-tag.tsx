import { useState } from "preact/hooks";
import { requestJson } from "../api.ts";
import { CopyText } from "../parts/copy-text.tsx";
import { Loaded } from "../parts/loaded.tsx";
import type { KeyRecord } from "../records.ts";
import { isSecret } from "../state/session.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

/** The tag to paste. A read key cannot see write keys; the tag then has a place to fill in. */
export function ScriptTag() {
	const words = useWords();
	const load = useLoad(`write key ${isSecret()}`, async (signal) => {
		if (!isSecret()) return null;
		const { keys } = await requestJson<{ keys: KeyRecord[] }>("/v1/keys", { signal });
		const forPages = keys.filter(({ kind, server, key }) => kind === "write" && !server && key !== undefined);
		// One that works on any page, the eldest; else one that is limited to origins.
		forPages.sort((a, b) => a.origins.length - b.origins.length || a.createdAt - b.createdAt);
		return forPages[0]?.key ?? null;
	});
	return (
		<section class="figure">
			<h2>{words.setup.tag}</h2>
			<p class="says">{words.setup.tagSays}</p>
			<Loaded load={load}>
				{(key) => (
					<>
						<CopyText
							text={`<script async src="${location.origin}/strand.js" data-write-key="${key ?? "wk_…"}"></script>`}
						/>
						{key === null && <p class="note">{words.setup.noWriteKey}</p>}
					</>
				)}
			</Loaded>
		</section>
	);
}

/** Links that keep a browser's visits out, and let them in again. */
export function OwnVisits() {
	const words = useWords();
	const [site, setSite] = useState("");
	const [out, back] = [ignoreLink(site, "1"), ignoreLink(site, "0")];
	return (
		<section class="figure">
			<h2>{words.setup.ownVisits}</h2>
			<p class="says">{words.setup.ownVisitsSays}</p>
			<label>
				{words.setup.site}
				<input
					value={site}
					placeholder="https://shop.example/"
					onInput={(event) => setSite(event.currentTarget.value)}
				/>
			</label>
			{out === null || back === null ? (
				<p class="note">{words.setup.siteEmpty}</p>
			) : (
				<>
					<p class="note">{words.setup.keepOut}</p>
					<CopyText text={out} />
					<p class="note">{words.setup.letIn}</p>
					<CopyText text={back} />
				</>
			)}
		</section>
	);
}

/** @returns null while the site is no web address */
export function ignoreLink(site: string, wish: "0" | "1"): string | null {
	const url = URL.parse(site.trim());
	if (url === null || !/^https?:$/.test(url.protocol)) return null;
	url.searchParams.set("strand_ignore", wish);
	return url.href;
}
