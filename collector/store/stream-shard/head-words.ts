/** Sample heads, for the dictionary of heads. THEY ARE PART OF THE FORMAT (pack-columns.ts). */
import { makeWords } from "../pack-columns.ts";

const AT = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 3600_000;

interface Sample {
	windows: number;
	/** Somebody is known by a userId and a mail. */
	isKnown?: boolean;
}

function headOf({ windows, isKnown = false }: Sample): object {
	const stream = "anonymousId=AAAAAAAAAAAAAAAAAAAAAA";
	const nodes = isKnown ? [stream, "email=BBBBBBBBBBBBBBBBBBBBBB", "userId=CCCCCCCCCCCCCCCCCCCCCC"] : [stream];
	const owner = isKnown ? "CCCCCCCCCCCCCCCCCCCCCC" : "AAAAAAAAAAAAAAAAAAAAAA";
	const at = (number: number) => ({
		t: AT + number * DAY_MS,
		m: `019b7600-0000-7000-8000-0000000000${String(number).padStart(2, "0")}`,
		s: stream,
	});
	const claim = { nodes: nodes.slice(1), first: at(1), last: at(2), serverFirst: null };
	const windowOf = (number: number) => {
		const [first, last] = [at(2 * number), at(2 * number + 1)];
		return {
			id: number,
			first,
			last,
			count: 8 + number,
			rows: [4 * number + 200, 4 * number + 201],
			joined: false,
			visits: [{ first, last, segment: 0, claims: isKnown ? [claim] : [] }],
			owners: [owner],
			plan: 2 ** 50 + number,
			sent: 2 ** 50 + 3 * number,
			carry: null,
		};
	};
	const answer = {
		consents: [],
		erasures: [],
		linked: false,
		timeline: null,
		answer: { owners: { [`${AT}\n${stream}\n${nodes[2]}\n\n`]: owner }, shared: false, ignored: [], aliasClaims: [] },
	};
	return {
		stream,
		rules: "4.1",
		nextWindow: windows + 1,
		cut: 0,
		contentFrom: at(2).t,
		leftovers: false,
		renewedAt: 0,
		windows: Array.from({ length: windows }, (_, number) => windowOf(number + 1)),
		archive: null,
		recentSpan: { from: at(2).t, to: at(2 * windows + 1).t, hasOthers: false },
		buckets: [],
		losers: {},
		nodes,
		statements: [],
		resets: [],
		claimed: isKnown ? 2 ** 50 : 0,
		answer: isKnown ? answer : null,
		duplicates: 0,
		tabs: Array.from({ length: windows }, (_, number) => [`0a1b2c3${number}`, 9 + number, 9 + number]),
	};
}

export const HEAD_COLUMN_WORDS: Uint8Array = makeWords([
	[headOf({ windows: 2, isKnown: true })],
	[headOf({ windows: 4, isKnown: true })],
	[headOf({ windows: 1 })],
	[headOf({ windows: 5 })],
	[headOf({ windows: 4 })],
	[headOf({ windows: 2 })],
	[headOf({ windows: 3 })],
]);
