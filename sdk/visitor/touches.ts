/** The arrivals from outside that this device remembers: the first one and the last twenty. */
import type { Memory, Touch } from "./memory.ts";

export const TOUCHES_MAX = 20;

export function rememberTouch({ record, write }: Memory, touch: Touch): void {
	const { firstTouch = touch, touches = [] } = record;
	write({ firstTouch, touches: [...touches, touch].slice(-TOUCHES_MAX) });
}
