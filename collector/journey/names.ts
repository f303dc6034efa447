/** Names of touchpoint types: `noun_verb` in snake case, whatever way the sender spells an event. */

/** Longest type name, UTF-16 units; what is longer is cut. */
const NAME_CHARS_MAX = 128;

/**
 * "Order Completed", "orderCompleted" and "order-completed" all become `order_completed`. Letters of
 * other scripts stay as they are, so that 「咨询」 keeps its name.
 *
 * @returns snake case; empty when the name holds neither letter nor digit
 */
export function snakeCase(name: string): string {
	return name
		.normalize("NFC")
		.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1_$2")
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
		.toLowerCase()
		.replace(/[^\p{L}\p{M}\p{N}]+/gu, "_")
		.replace(/^_+|_+$/g, "")
		.slice(0, NAME_CHARS_MAX)
		.toWellFormed();
}
