/**
 * Sizes of the script as built, against what each file is held to: `npm run size`. Fails above any of them.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/**
 * Bytes; brotli at its highest level, as the collector serves it; the stub stands in pages as it is.
 * `bytesMax` is what no change may pass, and is lowered when a change makes a file smaller.
 */
export const BUDGETS = [
	{ file: "strand.js", bytesMax: 6_000, measure: "brotli" },
	{ file: "strand-late.js", bytesMax: 4_300, measure: "brotli" },
	{ file: "strand-forms.js", bytesMax: 1_500, measure: "brotli" },
	{ file: "strand-vitals.js", bytesMax: 3_000, measure: "brotli" },
	{ file: "strand-hop.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-consent.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-debug.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-stub.js", bytesMax: 350, measure: "raw" },
];

/** @returns one row a file: its sizes in bytes, and whether it keeps what it is held to */
export function measureSizes() {
	return BUDGETS.map(({ file, bytesMax, measure }) => {
		const content = readFileSync(new URL(`../dist/${file}`, import.meta.url), "utf8").trimEnd();
		const raw = Buffer.byteLength(content);
		const gzip = gzipSync(content, { level: 9 }).length;
		const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
		const actual = measure === "raw" ? raw : brotli;
		const verdict = actual <= bytesMax ? "ok" : `${actual - bytesMax} over`;
		return { file, raw, gzip, brotli, "at most": `${bytesMax} ${measure}`, verdict };
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const rows = measureSizes();
	console.table(rows);
	if (rows.some(({ verdict }) => verdict !== "ok")) process.exitCode = 1;
}
