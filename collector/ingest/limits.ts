/**
 * Limits of this room that are not part of the wire contract. Each names its unit; the fate of
 * what passes it stands beside it.
 */
export const INGEST_LIMITS = {
	/**
	 * Levels of objects and arrays in one event, the event itself being the first; deeper: that event
	 * is rejected with `bad_field`. Everything behind this room may therefore recurse.
	 */
	eventDepthMax: 32,
	/**
	 * UTF-8 bytes of a batch's `context`; above: 413 `body_too_large`. It is copied into every event, so
	 * that without a bound 500 events could grow a small body a hundredfold.
	 */
	contextBytesMax: 8 * 1024,
	/** With a server's key, further ahead of `receivedAt` than this: rejected with `bad_timestamp`. Covers a wrong time zone. */
	serverAheadMsMax: 24 * 3600_000,
	/** Times before 2000-01-01 UTC, ms since the epoch: rejected with `bad_timestamp`. */
	timestampMsMin: Date.UTC(2000, 0, 1),
	/** A numeric time below this is not ms since the epoch (it reads as seconds): rejected with `bad_timestamp`. */
	numericTimeMsMin: 1e12,
	/** Characters of a user agent that are read; the rest is ignored. */
	userAgentCharsMax: 512,
	/**
	 * Characters of one campaign parameter or click id that are read; the rest is cut off. GA4's own patterns need quadratic
	 * time on hostile text, so that text has to be short.
	 */
	parameterCharsMax: 1_000,
	/** Characters of a host name (RFC 1035); a longer one is none. */
	hostCharsMax: 253,
	/** Lost events of one kind that a batch's `delivery` may report; more count as so many, since any page may say so. */
	reportedLossesMax: 100_000,
	/** User agents whose reading is remembered; at the limit the memory is emptied. */
	userAgentCacheMax: 2_000,
} as const;
