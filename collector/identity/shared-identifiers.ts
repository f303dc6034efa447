/**
 * Rule 8: identifiers that stand for nobody in particular, and the trust exception of rule 9.
 */
import { BESIDE_IDS_MAX, SHARED_USERS_MIN } from "./limits.ts";
import { isUser } from "./node-key.ts";
import { componentsOf } from "./registers.ts";
import type { Claim, NodeKey, PairState } from "./types.ts";

/**
 * Identifiers that a server event ties to a user: those beside a userId in a claim of server
 * trust, and the userId itself. Claims of public trust never make one of them shared or contested.
 */
export function findVouched(claims: Iterable<Claim>): Set<NodeKey> {
	const vouched = new Set<NodeKey>();
	for (const { nodes, serverFirst } of claims) {
		if (serverFirst === null || !nodes.some(isUser)) continue;
		for (const node of nodes) vouched.add(node);
	}
	return vouched;
}

/** Does the claim count for what rules 8 and 10 judge of this identifier? */
export function isHeard(claim: Claim, node: NodeKey, vouched: Set<NodeKey>): boolean {
	return claim.serverFirst !== null || !vouched.has(node);
}

/**
 * @returns the strong identifiers that link nothing: any but a userId that stands in one claim with each of 3 or
 *   more users, and any at all that stands beside more than 100 others. userIds aliased to each other are one user.
 */
export function findShared(
	claims: Iterable<Claim>,
	registers: Iterable<PairState>,
	vouched: Set<NodeKey>,
): Set<NodeKey> {
	const userOf = createUserOf(registers);
	const company = new Map<NodeKey, Company>();
	const shared = new Set<NodeKey>();
	for (const claim of claims) {
		if (claim.nodes.length < 2) continue;
		const claimUsers = claim.nodes.filter(isUser);
		for (const node of claim.nodes) {
			if (shared.has(node) || !isHeard(claim, node, vouched)) continue;
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

export function isUserAlias({ kind, a, b }: PairState): boolean {
	return kind === "alias" && isUser(a) && isUser(b);
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
