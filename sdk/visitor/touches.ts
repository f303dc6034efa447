/** The arrivals from outside that this device remembers: the first one and the last twenty. */
import type { Memory, Touch } from "./memory.ts";

export const TOUCHES_MAX = 20;

export function rememberTouch(memory: Memory, touch: Touch): void {
	const { firstTouch, touches = [] } = memory.record;
	memory.write({ firstTouch: firstTouch || touch, touches: [...touches, touch].slice(-TOUCHES_MAX) });
}
