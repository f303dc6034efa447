/** How keys and addresses are printed: one `label  value` a line, so that people and scripts find them. */

import type { WorkspaceKeys } from "./workspaces.ts";

const LABEL_COLUMNS = 14;

export type Line = [label: string, value: string];

/** Lines with the values below each other. */
export function formatLines(lines: Line[]): string {
	return lines.map(([label, value]) => `${label.padEnd(LABEL_COLUMNS)}${value}`).join("\n");
}

export function describeKeys(keys: WorkspaceKeys): Line[] {
	return [
		["write key", keys.write],
		["read key", keys.read],
		["secret key", keys.secret],
	];
}

/** What goes before `</head>` of each page. */
export function writeScriptTag(origin: string, writeKey: string): string {
	return `<script async src="${origin}/strand.js" data-write-key="${writeKey}"></script>`;
}

export const KEYS_NOTE = "Keep the read and secret keys: they are shown this once, and only their hashes are stored.";
