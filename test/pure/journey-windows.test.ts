import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleChain } from "../../collector/journey/index.ts";
import type { JsonObject } from "../../collector/model.ts";
import { foldAll, happens, MINUTE_MS, reports, type Scene, tracks, views } from "./journey-scene.ts";

const STEPS_MS = [0, 1, 5_000, 29 * MINUTE_MS, 30 * MINUTE_MS, 30 * MINUTE_MS + 1, 8 * 60 * MINUTE_MS];
const CAMPAIGNS: JsonObject[] = [
	{},
	{ source: "news", medium: "email" },
	{ source: "google", medium: "cpc", name: "spring" },
];

/** Any history of one stream: views, reports (late, repeated, for unknown views), acts, orders, other owners, resets. */
const history: fc.Arbitrary<Scene[]> = fc
	.array(
		fc.record({
			kind: fc.constantFrom("view", "report", "click", "order", "identify", "mail", "screen"),
			step: fc.constantFrom(...STEPS_MS),
			owner: fc.constantFrom("p1", "p1", "p1", "p2", null),
			cut: fc.constantFrom(false, false, false, false, true),
			page: fc.integer({ min: 0, max: 5 }),
			rev: fc.integer({ min: 0, max: 4 }),
			engagedMs: fc.integer({ min: 0, max: 20_000 }),
			campaign: fc.constantFrom(...CAMPAIGNS),
			bot: fc.boolean(),
		}),
		{ maxLength: 40 },
	)
	.map((steps) => {
		let at = 0;
		return steps.map(({ kind, step, owner, cut, page, rev, engagedMs, campaign, bot }, index) => {
			at += step;
			const given = {
				at,
				owner,
				cut,
				id: `m${String(index).padStart(4, "0")}`,
				added: bot && page === 5 ? { bot } : {},
			};
			if (kind === "view") return views(`/${page}`, { ...given, campaign });
			if (kind === "screen") return happens({ type: "screen", name: `Screen ${page}` }, given);
			if (kind === "report") return reports(`/${page}`, rev, engagedMs, given);
			if (kind === "click") return tracks("Link Clicked", { kind: "outbound", url: "https://a.example" }, given);
			if (kind === "order") return tracks("Order Completed", { total: page, currency: "CNY" }, given);
			if (kind === "mail") return tracks("Email Delivered", { email_id: `${page}` }, given);
			return happens({ type: "identify", userId: "u1", traits: { city: `${page}`, rev } }, given);
		});
	});

const chainsOf = (pieces: ReturnType<typeof foldAll>) =>
	["p1", "p2"].map((owner) => assembleChain(pieces.filter((piece) => piece.profileId === owner)));

describe("the chain of a stream", () => {
	it("is the same whatever the size of the windows it was folded in", () => {
		fc.assert(
			fc.property(history, fc.integer({ min: 1, max: 12 }), (scene, size) => {
				expect(chainsOf(foldAll(scene, size))).toEqual(chainsOf(foldAll(scene, 500)));
			}),
			{ numRuns: 500 },
		);
	});

	it("is the same whatever the order of its pieces", () => {
		fc.assert(
			fc.property(history, fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (scene, size, keys) => {
				const pieces = foldAll(scene, size);
				const shuffled = pieces
					.map((piece) => ({ piece, key: keys.next().value }))
					.sort((a, b) => a.key - b.key)
					.map(({ piece }) => piece);
				expect(chainsOf(shuffled)).toEqual(chainsOf(pieces));
			}),
			{ numRuns: 300 },
		);
	});

	it("already stands in the pieces when each visit is one window", () => {
		fc.assert(
			fc.property(history, (scene) => {
				const pieces = foldAll(scene, 500).filter((piece) => piece.profileId === "p1");
				expect(assembleChain(pieces).touchpoints).toEqual(pieces.flatMap((piece) => piece.touchpoints));
			}),
			{ numRuns: 300 },
		);
	});

	it("leaves the pieces as they were", () => {
		fc.assert(
			fc.property(history, fc.integer({ min: 1, max: 12 }), (scene, size) => {
				const pieces = foldAll(scene, size);
				const before = structuredClone(pieces);
				chainsOf(pieces);
				expect(pieces).toEqual(before);
			}),
			{ numRuns: 100 },
		);
	});
});
