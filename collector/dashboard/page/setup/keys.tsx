/** The workspace's keys: listed, made and revoked with the secret key. */
import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { ApiError, request, requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { CopyText } from "../parts/copy-text.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { SecretAction } from "../parts/secret-action.tsx";
import { Table } from "../parts/table.tsx";
import type { KeyRecord } from "../records.ts";
import { isSecret } from "../state/session.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

export function Keys() {
	const words = useWords();
	return (
		<section class="figure">
			<h2>{words.keys.title}</h2>
			<p class="says">{words.keys.says}</p>
			{isSecret() ? <KeyList /> : <p class="empty">{words.keys.needsSecret}</p>}
		</section>
	);
}

function KeyList() {
	const words = useWords();
	const format = useFormat();
	const [round, setRound] = useState(0);
	const load = useLoad(`keys ${round}`, (signal) => requestJson<{ keys: KeyRecord[] }>("/v1/keys", { signal }));
	const reload = () => setRound((before) => before + 1);
	const revoke = async (id: string) => {
		await request(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
		reload();
	};
	return (
		<Fragment>
			<KeyForm onMade={reload} />
			<Loaded load={load}>
				{({ keys }) => (
					<Table
						caption={words.keys.title}
						name="keys"
						rows={keys}
						columns={[
							{ label: words.keys.kind, value: ({ kind, server }) => words.keys.kinds[server ? "server" : kind] },
							{ label: words.keys.name, value: ({ name }) => name },
							{ label: words.keys.origins, value: ({ origins }) => origins.join(", ") || "–" },
							{
								label: words.keys.key,
								value: ({ key, id }) => key ?? id,
								show: ({ key, id }) => <code>{key ?? `#${id}`}</code>,
							},
							{
								label: words.keys.created,
								value: ({ createdAt }) => createdAt,
								show: ({ createdAt }) => <span class="time">{format.date(createdAt)}</span>,
							},
							{
								label: words.keys.revoke,
								value: () => "",
								isPlain: true,
								show: ({ id }) => (
									<SecretAction
										label={words.keys.revoke}
										question={words.keys.revokeQuestion}
										act={() => revoke(id)}
										isDanger
									/>
								),
							},
						]}
					/>
				)}
			</Loaded>
		</Fragment>
	);
}

function KeyForm({ onMade }: { onMade: () => void }) {
	const words = useWords();
	const [kind, setKind] = useState("write");
	const [made, setMade] = useState<ComponentChildren>(null);
	const make = async (event: SubmitEvent) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget as HTMLFormElement);
		const origins = String(form.get("origins") ?? "")
			.split(/[\s,]+/)
			.filter((origin) => origin !== "");
		const body = {
			kind: kind === "server" ? "write" : kind,
			name: String(form.get("name") ?? ""),
			...(kind === "server" ? { server: true } : {}),
			...(kind === "write" && origins.length > 0 ? { origins } : {}),
		};
		try {
			const { key } = await requestJson<{ key: string }>("/v1/keys", { method: "POST", body });
			setMade(
				<>
					<p class="notice">{words.keys.shownOnce}</p>
					<CopyText text={key} />
				</>,
			);
			onMade();
		} catch (thrown) {
			const text = thrown instanceof ApiError ? words.errors(thrown.code, thrown.message) : String(thrown);
			setMade(<p role="alert">{text}</p>);
		}
	};
	return (
		<form class="row filters" onSubmit={make}>
			<select aria-label={words.keys.kind} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
				{(["write", "server", "read", "secret"] as const).map((name) => (
					<option key={name} value={name}>
						{words.keys.kinds[name]}
					</option>
				))}
			</select>
			<input name="name" aria-label={words.keys.name} placeholder={words.keys.name} maxLength={100} />
			{kind === "write" && <input name="origins" aria-label={words.keys.origins} placeholder="https://shop.example" />}
			<button type="submit" class="main">
				{words.keys.create}
			</button>
			<div role="status">{made}</div>
		</form>
	);
}
