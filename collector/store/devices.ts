/** On which device each touchpoint of a chain lies: the lanes of its drawing. */
import { DEVICE_KIND, hashOf, kindOf } from "../identity/index.ts";
import type { Touchpoint } from "../model.ts";

/** Touchpoint id → hash of the device whose stream it lies in; nothing of other streams. */
export type Devices = { [touchpointId: string]: string };

/** Adds the touchpoints of one stream's piece, in place. */
export function addDevices(
	devices: Devices,
	stream: string,
	piece: { readonly touchpoints: readonly Touchpoint[] },
): void {
	if (kindOf(stream) !== DEVICE_KIND) return;
	for (const { id } of piece.touchpoints) devices[id] = hashOf(stream);
}
