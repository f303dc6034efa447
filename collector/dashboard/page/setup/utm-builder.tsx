/** Builds a tagged link. */
import { useState } from "preact/hooks";
import { CopyText } from "../parts/copy-text.tsx";
import { useWords } from "../words/index.ts";

const FIELDS = ["source", "medium", "campaign", "term", "content"] as const;

export function UtmBuilder() {
	const words = useWords();
	const [values, setValues] = useState<Record<string, string>>({});
	const link = tagLink(values.url ?? "", values);
	const input = (name: string, label: string, placeholder = "") => (
		<label key={name}>
			{label}
			<input
				value={values[name] ?? ""}
				placeholder={placeholder}
				onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
			/>
		</label>
	);
	return (
		<section class="figure">
			<h2>{words.utm.title}</h2>
			<p class="says">{words.utm.says}</p>
			<div class="grid">
				{input("url", words.utm.page, "https://shop.example/")}
				{FIELDS.map((name) => input(name, `utm_${name}`, words.utm.hints[name]))}
			</div>
			{link === null ? <p class="note">{words.utm.empty}</p> : <CopyText text={link} />}
		</section>
	);
}

/** @returns null while the page is no address or the source is blank */
export function tagLink(page: string, values: Readonly<Record<string, string>>): string | null {
	const url = URL.parse(page.trim());
	if (url === null || !/^https?:$/.test(url.protocol) || (values.source ?? "").trim() === "") return null;
	for (const name of FIELDS) {
		const value = (values[name] ?? "").trim();
		if (value !== "") url.searchParams.set(`utm_${name}`, value);
	}
	return url.href;
}
