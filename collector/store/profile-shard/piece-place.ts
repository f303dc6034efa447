/**
 * Where a piece lies. Its number says whose it is, so that it is found without an index, a person's pieces lie side by side,
 * in one row mostly, and a reader of all meets them in the order of profiles.
 *
 * Of 53 bits the first 24 grow with the profile's id, 9 tell streams apart and 20 count on with the windows of a
 * stream, from a place of its own and {@link PLACES} at a time. What is near may be somebody else's, so whoever reads a range
 * compares names; and two that fall on one place lie side by side. After 65,535 windows a stream begins again from where it began, beside what lies there.
 *
 * THESE NUMBERS ARE PART OF THE FORM OF THE DATA (form.ts).
 */
import { hash53 } from "../sharding.ts";

/** Places of which a piece takes the first that is free. All taken: a million visits of one stream, since chance cannot bring that about. */
export const PLACES = 16;

const PROFILES = 2 ** 24;
const STREAMS = 2 ** 9;
const WINDOWS = 2 ** 20;
/** The last ones have no {@link PLACES} after them. */
const STARTS = WINDOWS - PLACES;

/** Characters of a profile's id, ascending: base64url. */
const ALPHABET = [..."-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"];
/** That many characters tell enough profiles apart. */
const CHARS = 5;
const RANKS = ALPHABET.length + 1;

/** The last place. */
export const PLACE_MAX = PROFILES * STREAMS * WINDOWS - 1;

/** Both ends included. */
export interface Range {
	from: number;
	to: number;
}

/** Among it are all pieces of a profile; of two profiles the lesser never has the later range. */
export function rangeOfProfile(profile: string): Range {
	const from = Math.floor((rankOf(profile) / RANKS ** CHARS) * PROFILES) * STREAMS * WINDOWS;
	return { from, to: from + STREAMS * WINDOWS - 1 };
}

/** Among it are all pieces that a profile has of a stream. */
export function rangeOfStream(profile: string, stream: string): Range {
	const from = rangeOfProfile(profile).from + (hash53(stream) % STREAMS) * WINDOWS;
	return { from, to: from + WINDOWS - 1 };
}

/** Where a piece lies. */
export function rangeOfPiece(profile: string, stream: string, window: number): Range {
	const start = hash53(`${profile} ${stream}`) % STARTS;
	const from = rangeOfStream(profile, stream).from + ((start + window * PLACES) % STARTS);
	return { from, to: from + PLACES - 1 };
}

/** Grows with the text. What is no id of ours has the rank of the least id above it, or of none. */
function rankOf(profile: string): number {
	let rank = 0;
	let isOurs = true;
	for (let at = 0; at < CHARS; at++) {
		const char = profile[at];
		rank *= RANKS;
		if (char === undefined || !isOurs) continue;
		const place = ALPHABET.indexOf(char);
		isOurs = place !== -1;
		rank += isOurs ? place : ALPHABET.filter((other) => other < char).length;
	}
	return rank;
}
