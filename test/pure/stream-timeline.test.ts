/** Where a stream's windows are cut never shows: their visits and claims join to what one cut over all events gives. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { cutTimeline, type LightEvent, type NodeKey } from "../../collector/identity/index.ts";
import type { Trust } from "../../collector/model.ts";
import { emptyHead, VISIT_GAP_MS } from "../../collector/store/stream-shard/head.ts";
import { timelineOf, visitsOf } from "../../collector/store/stream-shard/timeline.ts";
import { openWindow } from "../../collector/store/stream-shard/windows.ts";

const MINUTE_MS = 60_000;

it("joins windows cut anywhere into the timeline of the whole stream, with a device and without", () => {
	const gaps = fc.constantFrom(0, 5, 20, 30, 31, 90).map((minutes) => minutes * MINUTE_MS);
	const nodeLists = fc.constantFrom<NodeKey[]>(["phone=1"], ["phone=1", "userId=2"]);
	const trusts = fc.constantFrom<Trust>("server", "public");
	const events = fc.array(fc.tuple(gaps, nodeLists, trusts, fc.boolean(), fc.integer({ min: 0, max: 9 })), {
		minLength: 1,
		maxLength: 25,
	});
	fc.assert(
		fc.property(events, fc.boolean(), (given, hasDevice) => {
			const stream = hasDevice ? "anonymousId=1" : "phone=1";
			const device = hasDevice ? stream : null;
			let t = 0;
			const lights = given.map(([gap, nodes, trust], index): LightEvent => {
				t += gap;
				const isAnonymous = hasDevice && index % 3 === 0;
				return {
					at: { t, m: `m${String(index).padStart(2, "0")}`, s: stream },
					nodes: isAnonymous ? [] : nodes,
					trust,
				};
			});
			const head = emptyHead(stream);
			// A reset falls just before an event now and then, on a device only.
			head.resets = lights
				.filter((_, index) => hasDevice && given[index]?.[4] === 0)
				.map(({ at }) => ({ ...at, m: `${at.m.slice(0, -1)}!` }));
			const parts: LightEvent[][] = [];
			for (const [index, light] of lights.entries()) {
				const last = parts.at(-1)?.at(-1);
				const isNear = last !== undefined && light.at.t - last.at.t <= VISIT_GAP_MS;
				if (isNear && given[index]?.[3] === false) parts.at(-1)?.push(light);
				else parts.push([light]);
			}
			for (const [index, part] of parts.entries()) {
				const first = (part[0] as LightEvent).at;
				const before = parts[index - 1]?.at(-1)?.at;
				const window = openWindow(head, first, before !== undefined && first.t - before.t <= VISIT_GAP_MS);
				window.last = (part.at(-1) as LightEvent).at;
				window.visits = visitsOf(stream, device, part, head.resets);
				head.windows.push(window);
			}
			const devices = device === null ? [] : [device];
			expect(timelineOf(head, device)).toEqual(cutTimeline({ key: stream, devices, lights, resets: head.resets }));
		}),
		{ numRuns: 500 },
	);
});
