/**
 * Rule 8: identifiers that stand for nobody in particular.
 */
import { BESIDE_IDS_MAX, SHARED_USERS_MIN } from "./limits.ts";
import { isUser } from "./node-key.ts";
import { componentsOf, isUserAlias } from "./registers.ts";
import type { Claim, NodeKey, PairState } from "./types.ts";
import { isHeardOfSharing, type Vouching } from "./vouching.ts";

/**
 * @returns the strong identifiers that link nothing: those, userIds apart, that stand in one claim with each of 3 or
 *   more users, and those of every kind that stand beside more than 100 others. userIds aliased to each other are one user.
 */
export function findShared(claims: Iterable<Claim>, registers: Iterable<PairState>, vouching: Vouching): Set<NodeKey> {
	const userOf = createUserOf(registers);
	const company = new Map<NodeKey, Company>();
	const shared = new Set<NodeKey>();
	for (const claim of claims) {
		if (claim.nodes.length < 2) continue;
		const claimUsers = claim.nodes.filter(isUser);
		for (const node of claim.nodes) {
			if (shared.has(node) || !isHeardOfSharing(claim, node, vouching)) continue;
			const { others, users } = companyOf(company, node);
			for (const other of claim.nodes) if (other !== node && others.size <= BESIDE_IDS_MAX) others.add(other);
			if (others.size > BESIDE_IDS_MAX) shared.add(node);
			if (isUser(node)) continue;
			for (const user of claimUsers) users.add(userOf(user));
			if (users.size >= SHARED_USERS_MIN) shared.add(node);
		}
	}
	return shared;
}

/**
 * userIds joined by aliases in force are one user.
 *
 * @returns a function that names the user of a userId
 */
export function createUserOf(registers: Iterable<PairState>): (node: NodeKey) => NodeKey {
	const user = new Map<NodeKey, NodeKey>();
	for (const [smallest, members] of componentsOf([...registers].filter(isUserAlias))) {
		for (const member of members) user.set(member, smallest);
	}
	return (node) => user.get(node) ?? node;
}

/** Whom an identifier was seen with. */
interface Company {
	others: Set<NodeKey>;
	users: Set<NodeKey>;
}

function companyOf(company: Map<NodeKey, Company>, node: NodeKey): Company {
	let known = company.get(node);
	if (!known) {
		known = { others: new Set(), users: new Set() };
		company.set(node, known);
	}
	return known;
}
