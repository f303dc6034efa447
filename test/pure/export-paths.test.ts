/** The packed columns that analyses read: either they say what the chain says, or they say that they cannot. */
import { describe, expect, it } from "vitest";
import { assembleChain } from "../../collector/journey/index.ts";
import type { Piece, Touchpoint } from "../../collector/model.ts";
import { touchesOfPaths } from "../../collector/store/profile-shard/read-touches.ts";
import { loadPath, storePath } from "../../collector/store/profile-shard/stored-path.ts";
import { createRandom } from "../support/random.ts";
import { foldAll, MINUTE_MS, reports, type Scene, tracks, views } from "./journey-scene.ts";

const HISTORIES = 400;

function load(piece: Piece) {
	const stored = storePath(piece);
	return loadPath(
		typeof stored === "string"
			? stored
			: (stored.buffer as ArrayBuffer).slice(stored.byteOffset, stored.byteOffset + stored.byteLength),
	);
}

/** What analyses read of a touchpoint. */
function seen(one: Touchpoint) {
	const {
		timestamp,
		channel,
		type,
		traffic,
		source,
		medium,
		campaign,
		stage,
		conversion,
		effective,
		online,
		engagedMs,
	} = one;
	const { amount, currency } = one.value ?? {};
	const direct = one.direct ?? false;
	return {
		timestamp,
		channel,
		type,
		traffic,
		source,
		medium,
		campaign,
		stage,
		conversion,
		effective,
		online,
		engagedMs,
		direct,
		amount,
		currency,
	};
}

function randomScene(seed: number): Scene[] {
	const random = createRandom(seed);
	const scene: Scene[] = [];
	let at = 0;
	for (let n = 0; n < 12; n++) {
		at += random() < 0.3 ? 45 * MINUTE_MS : Math.floor(random() * 5 * MINUTE_MS) + 1;
		const kind = random();
		const viewId = `v${Math.floor(random() * 4)}`;
		if (kind < 0.5)
			scene.push(views(`/p${n}`, { at, viewId, ...(kind < 0.2 ? { campaign: { source: "s", medium: "cpc" } } : {}) }));
		else if (kind < 0.8) scene.push(reports(viewId, n + 1, Math.floor(random() * 20_000), { at }));
		else scene.push(tracks("Order Completed", { total: 12.5, currency: "CNY", order_id: `${n}` }, { at }));
	}
	return scene;
}

describe("packed columns", () => {
	it("equal the chain wherever they claim to, in windows of every size", () => {
		let [final, left] = [0, 0];
		for (let seed = 1; seed <= HISTORIES; seed++) {
			const pieces = foldAll(randomScene(seed), 1 + (seed % 14)).filter(({ profileId }) => profileId === "p1");
			const light = touchesOfPaths("p1", pieces.map(load), true);
			if (light === null) {
				left++;
				continue;
			}
			final++;
			expect(light.map(seen)).toEqual(assembleChain(pieces).touchpoints.map(seen));
		}
		// Both ways must have been tried.
		expect(final).toBeGreaterThan(20);
		expect(left).toBeGreaterThan(20);
	});

	it("come back from storage as they went in, short and long", () => {
		for (const count of [1, 200]) {
			const scene = Array.from({ length: count }, (_, n) => views(`/p${n}`, { at: n * MINUTE_MS }));
			const [piece] = foldAll(scene);
			expect(piece).toBeDefined();
			if (piece === undefined) return;
			expect(typeof storePath(piece)).toBe(count === 1 ? "string" : "object");
			expect(touchesOfPaths("p1", [load(piece)], true)?.map(seen)).toEqual(
				assembleChain([piece]).touchpoints.map(seen),
			);
		}
	});
});
