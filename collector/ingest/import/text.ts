/** How a text file is written: its encoding by its bytes, its separator by its first line. */

export const ENCODINGS = ["auto", "utf-8", "gb18030", "utf-16le"] as const;
export type Encoding = Exclude<(typeof ENCODINGS)[number], "auto">;

export const SEPARATORS: { readonly [name: string]: string } = { comma: ",", semicolon: ";", tab: "\t" };

/**
 * A byte order mark decides; else what is not UTF-8 is taken for GB18030.
 *
 * @param bytes of the file's beginning
 * @param isCut whether the file goes on, so that a character may be cut at the end
 */
export function detectEncoding(bytes: Uint8Array, isCut: boolean): Encoding {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
	try {
		new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes, { stream: isCut });
		return "utf-8";
	} catch {
		return "gb18030";
	}
}

/** Whatever stands most often in the first line, outside quotes. @returns its name */
export function detectSeparator(head: string): string {
	const line = (head.split(/\r?\n/, 1)[0] ?? "").replace(/"[^"]*"/g, "");
	const counts = Object.entries(SEPARATORS).map(([name, one]) => ({ name, count: line.split(one).length }));
	return counts.reduce((best, one) => (one.count > best.count ? one : best)).name;
}
