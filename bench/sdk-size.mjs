/**
 * Sizes of the script as built, against the budgets: `npm run size`. Fails above any of them.
 */
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bytes; brotli at its highest level, as the collector serves it; the stub stands in pages as it is. */
export const BUDGETS = [
	{ file: "strand.js", bytesMax: 6_000, measure: "brotli" },
	{ file: "strand-late.js", bytesMax: 2_500, measure: "brotli" },
	{ file: "strand-vitals.js", bytesMax: 3_000, measure: "brotli" },
	{ file: "strand-forms.js", bytesMax: 1_500, measure: "brotli" },
	{ file: "strand-hop.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-debug.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-consent.js", bytesMax: 1_000, measure: "brotli" },
	{ file: "strand-stub.js", bytesMax: 350, measure: "raw" },
];

/** @param {string} file @returns {{ raw: number, gzip: number, brotli: number }} bytes */
export function measureFile(file) {
	const content = readFileSync(new URL(`../dist/${file}`, import.meta.url), "utf8").trimEnd();
	return {
		raw: Buffer.byteLength(content),
		gzip: gzipSync(content, { level: 9 }).length,
		brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
	};
}

const rows = BUDGETS.map(({ file, bytesMax, measure }) => {
	const sizes = measureFile(file);
	const actual = measure === "raw" ? sizes.raw : sizes.brotli;
	return {
		file,
		...sizes,
		budget: `${bytesMax} ${measure}`,
		verdict: actual <= bytesMax ? "ok" : `${actual - bytesMax} over`,
	};
});
console.table(rows);
if (rows.some(({ verdict }) => verdict !== "ok")) process.exitCode = 1;
