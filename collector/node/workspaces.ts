/** The collector's internal door: how the launcher and the CLI make a workspace, here or on Cloudflare. */

import type { WorkspaceCopy } from "./admin-door.ts";

export interface WorkspaceKeys {
	write: string;
	read: string;
	secret: string;
}

export interface WorkspaceRequest {
	workspace: string;
	/** Fixed for the workspace's life: streams are found by hash modulo this count. Absent: as the collector was started with. */
	streamShards?: number;
	/** Fixed for the workspace's life, as above, for profiles. */
	profileShards?: number;
	/** Whether it may be emptied; fixed for its life. */
	test?: boolean;
	/** Keys and settings to take over from another workspace of the same secret. */
	copy?: WorkspaceCopy;
}

/**
 * Creates a workspace with one key of each kind.
 *
 * @returns its keys, shown this once since only hashes are stored; `undefined` when the workspace exists already, or took over another's
 * @throws Error with the collector's own words on any other answer
 */
export async function createWorkspace(
	origin: string,
	adminToken: string,
	request: WorkspaceRequest,
): Promise<WorkspaceKeys | undefined> {
	const response = await fetch(new URL("/internal/workspaces", origin), {
		method: "POST",
		headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
		body: JSON.stringify(request),
	});
	const body = await response.text();
	if (response.status === 409) return undefined;
	if (response.status !== 201) {
		throw new Error(`the collector refused to create workspace ${request.workspace} (${response.status}): ${body}`);
	}
	return (JSON.parse(body) as { keys?: WorkspaceKeys }).keys;
}
