/**
 * Numbered links: how one object tells another the end it wants.
 *
 * A message states a wanted end for some keys, never a change, and carries a number and a token
 * that no other message has. The receiver stores the last number and token of each sender in the
 * transaction that applies the message, applies only `last + 1`, and answers anything else with
 * what it has. So a repeat changes nothing and a late copy of an old message is ignored. The
 * sender keeps one message in flight a receiver and goes on only when ITS token was applied: from
 * then on every message of an earlier life has too small a number, so the sender's last word
 * stays the last word. The sender stores nothing: after a restart the receiver's first answer
 * tells the number.
 */
import type { Sql } from "./ports.ts";
import { hash53 } from "./sharding.ts";

export interface Envelope<Body> {
	/** Name of the sending object, unique in the workspace. */
	from: string;
	/** 1 and up, without gaps. */
	number: number;
	/** Unique to this message among all lives of the sender. */
	token: string;
	body: Body;
}

/** What the receiver has applied last from this sender. */
export interface Receipt {
	number: number;
	token: string;
}

export const INBOX_SCHEMA = `CREATE TABLE IF NOT EXISTS inbox (
	sender TEXT PRIMARY KEY,
	number INTEGER NOT NULL, -- of the last message applied
	token TEXT NOT NULL
) WITHOUT ROWID`;

/** Where the last receipt of each sender is kept. */
export interface Inbox {
	last(sender: string): Receipt | undefined;
	/** Called in the transaction that applied the message. */
	keep(sender: string, receipt: Receipt): void;
}

/** A row of the table `inbox` each. */
export function createInbox(sql: Sql): Inbox {
	return {
		last(sender) {
			const rows = sql.all<{ number: number; token: string }>(
				"SELECT number, token FROM inbox WHERE sender = ?",
				sender,
			);
			return rows[0];
		},
		keep(sender, { number, token }) {
			sql.all(
				"INSERT INTO inbox (sender, number, token) VALUES (?, ?, ?) ON CONFLICT (sender) DO UPDATE SET number = excluded.number, token = excluded.token",
				sender,
				number,
				token,
			);
		},
	};
}

/**
 * Applies a message once, in one transaction with its effect.
 * @returns what is applied last from this sender after the call
 */
export function receive<Body>(
	sql: Sql,
	{ from, number, token, body }: Envelope<Body>,
	apply: (body: Body) => void,
	inbox = createInbox(sql),
): Receipt {
	return sql.transaction(() => {
		const last = inbox.last(from) ?? { number: 0, token: "" };
		if (number !== last.number + 1) return last;
		apply(body);
		inbox.keep(from, { number, token });
		return { number, token };
	});
}

/** Rounds of number-finding before a send gives up and is left to the alarm. */
const LINK_ROUNDS_MAX = 5;

export class LinkError extends Error {}

/** The sending end of an object's links; memory only. */
export class Outbound {
	private readonly last = new Map<string, number>();
	private readonly tails = new Map<string, Promise<void>>();
	private readonly from: string;
	private readonly life: string;
	private sent = 0;

	/**
	 * @param from name of this object
	 * @param life differs each time the object wakes
	 */
	constructor(from: string, life: string) {
		this.from = from;
		this.life = life;
	}

	/**
	 * Delivers `body` and returns when the receiver has applied it. Messages to one receiver go
	 * one after the other, in the order of the calls.
	 *
	 * @throws whatever `call` throws (the peer is out of reach), or LinkError: the caller keeps its
	 * work as unsent and repeats it later
	 * @returns what the receiver said as it applied the message
	 */
	async send<Body, Said extends Receipt>(
		receiver: string,
		body: Body,
		call: (envelope: Envelope<Body>) => Promise<Said>,
	): Promise<Said> {
		const before = this.tails.get(receiver) ?? Promise.resolve();
		const mine = before.then(() => this.deliver(receiver, body, call));
		// The tail never rejects: each sender hears of its own failure only.
		const tail = mine.then(
			() => {},
			() => {},
		);
		this.tails.set(receiver, tail);
		return mine;
	}

	private async deliver<Body, Said extends Receipt>(
		receiver: string,
		body: Body,
		call: (envelope: Envelope<Body>) => Promise<Said>,
	): Promise<Said> {
		// Short, since receivers keep many.
		const token = hash53(`${this.life}:${++this.sent}`).toString(36);
		for (let round = 0; round < LINK_ROUNDS_MAX; round++) {
			const number = (this.last.get(receiver) ?? 0) + 1;
			const receipt = await call({ from: this.from, number, token, body });
			this.last.set(receiver, receipt.number);
			if (receipt.token === token) return receipt;
		}
		throw new LinkError(`no agreement on a number with ${receiver}`);
	}
}
