/** A person's identifiers as rows of the identity map. Times are ms. */
import type { Piece } from "../model.ts";
import { identitiesOf } from "./chain.ts";

export type IdentityRow = {
	hash: string;
	kind: string;
	value: string;
	profileId: string;
	/** Earliest event of the person that carries it. */
	from: number;
	/** End of the latest visit of the person that carries it. */
	to: number;
};

export function identityRows(profileId: string, pieces: Iterable<Pick<Piece, "identities" | "lastAt">>): IdentityRow[] {
	const lastUse = new Map<string, number>();
	const noteUse = function* () {
		for (const { identities, lastAt } of pieces) {
			for (const { kind, hash } of identities) {
				const key = `${kind}=${hash}`;
				lastUse.set(key, Math.max(lastUse.get(key) ?? lastAt, lastAt));
			}
			yield { identities };
		}
	};
	return identitiesOf(noteUse()).map(({ kind, hash, value, firstAt }) => {
		return { hash, kind, value, profileId, from: firstAt, to: lastUse.get(`${kind}=${hash}`) ?? firstAt };
	});
}
