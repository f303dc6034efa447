/** @returns null where there is nothing to compare with */
export function changeOf(now: number, before: number | null | undefined): number | null {
	return before === null || before === undefined || before === 0 ? null : (now - before) / before;
}
