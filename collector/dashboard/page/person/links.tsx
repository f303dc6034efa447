/** "Why are these one person?": every identifier, the links with their reasons, what was refused, and a way to part them. */
import { request, requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { SecretAction } from "../parts/secret-action.tsx";
import { Table } from "../parts/table.tsx";
import type { Evidence, Identity, LinkEnd, Profile } from "../records.ts";
import { useWords } from "../words/index.ts";

/** What parts a pair, and what joins it again; null: no statement of the contract can. */
export interface Parting {
	pair: [Identity, Identity];
	undo: { type: "alias"; userId: string; previousId: string; previousIdType: "userId" | "anonymousId" } | null;
}

interface LinksProps {
	evidence: readonly Evidence[];
	refusals: NonNullable<Profile["refusals"]>;
	/** Pairs parted since the page was opened: kept by the caller, since the chain is drawn anew. */
	parted: readonly Parting[];
	onPart: (parted: Parting[]) => void;
}

export function Links({ evidence, refusals, parted, onPart }: LinksProps) {
	const words = useWords();
	const format = useFormat();
	const nameOf = (end: LinkEnd | Identity) => `${format.name(end.kind)} ${end.value ?? `#${end.hash.slice(0, 8)}`}`;
	const part = async (parting: Parting, key: string) => {
		const ids = parting.pair.map(({ kind, value }) => ({ [kind]: value }));
		await send({ type: "unlink", ids }, key);
		onPart([...parted, parting]);
	};
	const join = async (parting: Parting, key: string) => {
		if (parting.undo === null) return;
		await send(parting.undo, key);
		onPart(parted.filter((one) => one !== parting));
	};
	const unlinkButton = (parting: Parting | null) =>
		parting === null ? (
			<span class="note">{words.person.hashOnly}</span>
		) : (
			<SecretAction
				label={words.person.unlink}
				question={
					<>
						{words.person.unlinkQuestion(nameOf(parting.pair[0]), nameOf(parting.pair[1]))}{" "}
						{parting.undo === null && words.person.noUndo}
					</>
				}
				act={(key) => part(parting, key)}
			/>
		);
	return (
		<>
			{parted.map((parting) => (
				<p key={parting.pair.map(({ hash }) => hash).join()} class="notice" role="status">
					{words.person.parted(nameOf(parting.pair[0]), nameOf(parting.pair[1]))}{" "}
					{parting.undo !== null && (
						<SecretAction
							label={words.person.undo}
							question={words.person.undoQuestion}
							act={(key) => join(parting, key)}
						/>
					)}
				</p>
			))}
			<Table
				caption={words.person.identifiers}
				name="links"
				rows={onceEach(evidence)}
				columns={[
					{ label: words.person.identifier, value: ({ identifier }) => nameOf(identifier) },
					{
						label: words.person.reason,
						value: ({ rule, with: other }) =>
							`${words.person.linkRules[rule] ?? rule}${other === null ? "" : `: ${nameOf(other)}`}`,
					},
					{
						label: words.person.fields.time,
						value: ({ timestamp }) => timestamp,
						show: ({ timestamp }) => <span class="time">{format.time(timestamp)}</span>,
					},
					{ label: words.person.fields.evidence, value: ({ messageId }) => messageId },
					{
						label: words.person.unlink,
						value: () => "",
						isPlain: true,
						show: ({ identifier, with: other }) => other !== null && unlinkButton(partingOf(identifier, other)),
					},
				]}
			/>
			{refusals.length > 0 && (
				<>
					<h3>{words.person.refused}</h3>
					<Table
						caption={words.person.refused}
						name="refusals"
						rows={refusals}
						columns={[
							{ label: words.person.between, value: ({ between: [a, b] }) => `${nameOf(a)} – ${nameOf(b)}` },
							{ label: words.person.reason, value: ({ reason }) => words.person.refusals[reason] ?? reason },
							{ label: words.person.fields.time, value: ({ timestamp }) => format.time(timestamp) },
							{ label: words.person.fields.evidence, value: ({ messageId }) => messageId },
						]}
					/>
				</>
			)}
		</>
	);
}

/** A link is evidence for both of its ends: one row says it. */
function onceEach(evidence: readonly Evidence[]): Evidence[] {
	const said = new Set<string>();
	return evidence.filter(({ identifier, rule, with: other, messageId }) => {
		const ends = [identifier.hash, other?.hash ?? ""].sort().join();
		const key = `${rule} ${messageId} ${ends}`;
		return !said.has(key) && said.add(key);
	});
}

/** A statement takes effect by the order of times: now, as the collector's clock has it. */
async function send(statement: object, key: string): Promise<void> {
	const { rejected } = await requestJson<{ rejected: { message: string }[] }>("/v1/batch", {
		method: "POST",
		key,
		body: { batch: [statement] },
	});
	const [first] = rejected;
	if (first !== undefined) throw new Error(first.message);
	await untilSettled(key);
}

/** Chains follow within moments; asked until they have. */
export async function untilSettled(key: string): Promise<void> {
	for (let tries = 0; tries < 50; tries++) {
		const { pending } = (await (await request("/v1/status", { key })).json()) as { pending: number };
		if (pending === 0) return;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

function partingOf(a: Identity | LinkEnd, b: Identity | LinkEnd): Parting | null {
	if (a.value === null || b.value === null) return null;
	const pair: [Identity, Identity] = [
		{ ...a, value: a.value },
		{ ...b, value: b.value },
	];
	const user = pair.find(({ kind }) => kind === "userId");
	const other = pair.find((one) => one !== user);
	if (user === undefined || other === undefined || (other.kind !== "anonymousId" && other.kind !== "userId")) {
		return { pair, undo: null };
	}
	return { pair, undo: { type: "alias", userId: user.value, previousId: other.value, previousIdType: other.kind } };
}
