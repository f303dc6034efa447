/**
 * Shortens what only the script itself reads: names of properties, by a list that is written out here, since
 * a minifier that guessed would sooner or later shorten a name of the browser's, of the wire, of what is
 * stored, or of the script's public face. `test/sdk/short-names.test.ts` holds the list to that.
 *
 * Every part of the script is shortened by the same list, since `strand.js` and `strand-late.js` hand
 * each other objects. (The other parts are loaded under names without a version, so an older one may meet
 * a newer script: nothing that they touch is in the list.)
 */
const INTERNAL_NAMES = [
	"createRecovery",
	"startWatch",
	"engage",
	"begunAt",
	"ownHosts",
	"recorder",
	"tellTabs",
	"fitBatch",
	"formatBatch",
	"budget",
	"run",
	"reread",
	"setKept",
	"isKept",
	"mend",
	"recover",
	"hide",
	"settle",
	"pack",
	"attend",
	"waitMs",
	"armDeferred",
	"report",
	"sendAlone",
	"restart",
	"applyConsent",
	"captured",
	"memory",
	"clock",
	"createId",
	"note",
	"made",
	"urgent",
	"strict",
	"eventsMax",
	"charsMax",
	"queue",
	"renew",
	"viewUrl",
	"clickIdNames",
	"giveUp",
	"record",
	"transport",
	"post",
	"continueVisit",
	"hear",
	"turn",
	"current",
	"lease",
	"leave",
];

/** Single signs that no object of ours has otherwise; `q` and `o` are the stub's. Their order was found by trial: of many this one compresses best. */
const LETTERS = "QuBvXpCaJcdtRiFyGMASmPZTDNknIVz$gsYWLHhKbjweUEOrlf";

/** Name → short name. @type {Record<string, string>} */
export const SHORT_NAMES = Object.fromEntries(INTERNAL_NAMES.map((name, index) => [name, LETTERS[index] ?? name]));

/** For esbuild: what to shorten, and to what. */
export const shortNames = {
	mangleProps: new RegExp(`^(${INTERNAL_NAMES.join("|")})$`),
	mangleCache: SHORT_NAMES,
};

/**
 * A rollup plugin: `const` becomes `let`, since one word for both makes fewer bytes, and neighbouring declarations one.
 */
export function letOnly() {
	return {
		name: "let-only",
		/** @this {import("rollup").PluginContext} @param {string} code */
		renderChunk(code) {
			/** @type {number[]} */
			const places = [];
			JSON.stringify(this.parse(code), (_, node) => {
				if (node?.type === "VariableDeclaration" && node.kind === "const") places.push(node.start);
				return node;
			});
			let end = code.length;
			const pieces = places
				.sort((a, b) => b - a)
				.map((start) => {
					const piece = `let${code.slice(start + "const".length, end)}`;
					end = start;
					return piece;
				});
			return code.slice(0, end) + pieces.reverse().join("");
		},
	};
}
