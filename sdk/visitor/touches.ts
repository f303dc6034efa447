/** The arrivals from outside that this device remembers: the first one and the last twenty, in one list. */
import type { Memory, Touch } from "./memory.ts";

export const TOUCHES_MAX = 20;

export function rememberTouch(memory: Memory, touch: Touch): void {
	const touches = [...(memory.record.touches || []), touch];
	touches.splice(1, touches.length - 1 - TOUCHES_MAX);
	memory.write({ touches });
}
