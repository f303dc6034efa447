import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, drawPoisson } from "../../collector/analysis/random.ts";
import { chiSquareTail, logGamma, normalQuantile } from "../../collector/analysis/special.ts";
import {
	adjustByBenjaminiHochberg,
	compareProportions,
	differenceP,
	fisherExact,
	mantelHaenszel,
	type TwoByTwo,
	wilsonInterval,
} from "../../collector/analysis/statistics.ts";

interface FisherCase {
	table: TwoByTwo;
	p_two_sided: number;
	p_greater?: number;
	odds_ratio_conditional?: number;
	ci95?: [number, number];
	chisq_p_no_correction?: number;
}

const { statistics } = JSON.parse(readFileSync(new URL("../cases/attribution.json", import.meta.url), "utf8")) as {
	statistics: { cases: ({ name: string } & (FisherCase | { cases: [number, number, number, number][] }))[] };
};

function expectRelative(actual: number, wanted: number, tolerance: number): void {
	expect(Math.abs(actual - wanted) / Math.abs(wanted || 1)).toBeLessThan(tolerance);
}

describe("known answers of R", () => {
	for (const one of statistics.cases) {
		if ("cases" in one)
			it("has R's Wilson intervals", () => {
				for (const [hits, trials, low, high] of one.cases) {
					const interval = wilsonInterval(hits, trials);
					expect(interval.low).toBeCloseTo(low, 9);
					expect(interval.high).toBeCloseTo(high, 9);
				}
			});
		else
			it(`has R's answers to ${one.name}`, () => {
				const result = fisherExact(one.table);
				expectRelative(result.pTwoSided, one.p_two_sided, 1e-9);
				if (one.p_greater !== undefined) expectRelative(result.pGreater, one.p_greater, 1e-9);
				// R's uniroot stops at about 1e-4 of the root; the ends of its interval are as rough.
				if (one.odds_ratio_conditional !== undefined)
					expectRelative(result.oddsRatio, one.odds_ratio_conditional, 1e-4);
				if (one.ci95) {
					expectRelative(result.interval.low, one.ci95[0], 1e-4);
					expectRelative(result.interval.high, one.ci95[1], 1e-4);
				}
				if (one.chisq_p_no_correction !== undefined)
					expectRelative(compareProportions(one.table).p, one.chisq_p_no_correction, 1e-9);
			});
	}

	it("finds no bias in Berkeley's admissions once departments are told apart", () => {
		// datasets::UCBAdmissions; mantelhaen.test: common odds ratio 0.9046968, interval 0.7719074 to 1.0603298.
		const departments: TwoByTwo[] = [
			[
				[512, 313],
				[89, 19],
			],
			[
				[353, 207],
				[17, 8],
			],
			[
				[120, 205],
				[202, 391],
			],
			[
				[138, 279],
				[131, 244],
			],
			[
				[53, 138],
				[94, 299],
			],
			[
				[22, 351],
				[24, 317],
			],
		];
		const result = mantelHaenszel(departments);
		expect(result.oddsRatio).toBeCloseTo(0.9046968, 7);
		expect(result.interval.low).toBeCloseTo(0.7719074, 6);
		expect(result.interval.high).toBeCloseTo(1.0603298, 6);
		expect(result.p).toBeGreaterThan(0.2);
		expect(result.informative).toBe(6);
		const pooled = departments.reduce(([[a, b], [c, d]], [[e, f], [g, h]]) => [
			[a + e, b + f],
			[c + g, d + h],
		]);
		expect(compareProportions(pooled).p).toBeLessThan(1e-20);
	});

	it("adjusts p-values as p.adjust does", () => {
		expect(adjustByBenjaminiHochberg([0.6, 0.005, 0.1, 0.009, 0.05]).map((q) => Number(q.toFixed(6)))).toEqual([
			0.6, 0.0225, 0.125, 0.0225, 0.083333,
		]);
		for (const q of adjustByBenjaminiHochberg([0.05, 0.04, 0.03, 0.02, 0.01])) expect(q).toBeCloseTo(0.05, 12);
		expect(adjustByBenjaminiHochberg([])).toEqual([]);
	});

	it("has the quantiles and tails of the tables", () => {
		expect(normalQuantile(0.025)).toBeCloseTo(1.959963984540054, 12);
		expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
		expect(normalQuantile(0.995)).toBeCloseTo(-2.575829303548901, 12);
		expectRelative(chiSquareTail(3.841458820694124, 1), 0.05, 1e-12);
		expectRelative(chiSquareTail(30, 1), 4.320463057827495e-8, 1e-9);
		expectRelative(chiSquareTail(2, 2), Math.exp(-1), 1e-13);
		expectRelative(logGamma(101), 363.7393755555635, 1e-14);
	});
});

describe("edges", () => {
	it("says nothing about a rate without trials and stays in [0, 1] at its ends", () => {
		expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
		expect(wilsonInterval(5, 5).high).toBe(1);
		expect(wilsonInterval(0, 5).low).toBe(0);
	});

	it("gives the odds ratio's edges where a cell is empty", () => {
		expect(
			fisherExact([
				[0, 5],
				[5, 0],
			]).oddsRatio,
		).toBe(0);
		expect(
			fisherExact([
				[5, 0],
				[0, 5],
			]).interval.high,
		).toBe(Number.POSITIVE_INFINITY);
		expect(
			fisherExact([
				[0, 5],
				[0, 5],
			]).pTwoSided,
		).toBe(1);
		expect(
			compareProportions([
				[0, 5],
				[0, 5],
			]).p,
		).toBe(1);
	});

	it("one stratum gives the plain odds ratio and (n − 1) / n of the plain χ²", () => {
		const table: TwoByTwo = [
			[60, 140],
			[90, 410],
		];
		const result = mantelHaenszel([table]);
		expectRelative(result.oddsRatio, (60 * 410) / (140 * 90), 1e-12);
		expectRelative(result.chiSquare, (compareProportions(table).chiSquare * 699) / 700, 1e-12);
	});

	it("tells nothing where no stratum holds both sides", () => {
		const result = mantelHaenszel([
			[
				[5, 5],
				[0, 0],
			],
			[
				[0, 0],
				[5, 5],
			],
		]);
		expect(result.informative).toBe(0);
		expect(result.p).toBe(1);
	});

	it("both tests of a difference give a probability, whatever the counts", () => {
		const count = fc.nat(60);
		fc.assert(
			fc.property(count, count, count, count, (a, b, c, d) => {
				fc.pre(a + b + c + d > 0);
				const p = differenceP([
					[a, b],
					[c, d],
				]);
				expect(p >= 0 && p <= 1).toBe(true);
				const { pGreater, pLess, pTwoSided } = fisherExact([
					[a, b],
					[c, d],
				]);
				expect(pGreater + pLess).toBeGreaterThanOrEqual(1 - 1e-9);
				expect(pTwoSided).toBeGreaterThanOrEqual(Math.min(pGreater, pLess) - 1e-9);
			}),
		);
	});
});

describe("draws", () => {
	it("have Poisson's mean and variance at every size of mean", () => {
		const random = createRandom(1);
		for (const mean of [0, 0.3, 4, 29, 31, 250, 20_000]) {
			const draws = Array.from({ length: 20_000 }, () => drawPoisson(mean, random));
			const average = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
			const variance = draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / draws.length;
			expect(Math.abs(average - mean)).toBeLessThanOrEqual(5 * Math.sqrt(mean / draws.length));
			expect(Math.abs(variance - mean)).toBeLessThanOrEqual(0.08 * mean);
		}
	});
});
