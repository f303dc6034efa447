/** The arrivals from outside that this device remembers: the first one and the last twenty, in one list. */
import type { Memory, Touch } from "./memory.ts";

export const TOUCHES_MAX = 20;

export function rememberTouch(memory: Memory, touch: Touch): void {
	const touches = [...(memory.record.touches || []), touch];
	memory.write({ touches: touches.filter((_, index) => !index || index >= touches.length - TOUCHES_MAX) });
}
