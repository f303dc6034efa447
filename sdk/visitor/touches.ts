/** The arrivals from outside that this device remembers: the first one and the last twenty, in one list. */
import type { Memory, Touch } from "./memory.ts";

const TOUCHES_MAX = 21;

export function rememberTouch(memory: Memory, touch: Touch): void {
	const touches = [...(memory.record.touches || []), touch];
	touches.splice(1, touches.length - TOUCHES_MAX);
	memory.write({ touches });
}
