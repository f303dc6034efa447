/** Bounds of a stream shard; each says its unit and what becomes of what passes it. Tests play with smaller ones. */
export interface StreamLimits {
	/** Events. A window of more is closed: a longer visit goes on in a joined window. One that late events filled to twice as many is split. */
	windowEventsMax: number;
	/** Copies of a stream that lost to an unlike copy of the same messageId. Further ones are dropped from the log. */
	losersMax: number;
	/** Tabs whose sequence numbers are followed. The one heard of longest ago is forgotten. */
	tabsMax: number;
	/** messageId hashes that a head keeps itself. Then they go to a sealed bucket. */
	recentMax: number;
	/** Hashes. Then the next bucket is begun: 40 kB a row. */
	bucketHashesMax: number;
	/** Windows. A head keeps this many of the latest at least, and at most a page more; older ones go to archive pages. */
	openWindowsMin: number;
	/** Windows of a page of the archive. */
	archivePageWindows: number;
	/** Events whose content goes by age in one fold of a stream; a window more at most. The rest waits for the next step. */
	agedEventsMax: number;
	/** Heads that one step looks at for content that is too old, and streams of them that it takes. The rest waits for the next step. */
	agedHeadsMax: number;
	agedStreamsMax: number;
	/**
	 * Log rows, events, answers, streams to be folded under new rules: what is more waits for the next round. What a
	 * round found is written in one go, which nobody can come between.
	 */
	roundRowsMax: number;
	roundEventsMax: number;
	roundAnswersMax: number;
	roundRefoldMax: number;
}

export const STREAM_LIMITS: StreamLimits = {
	windowEventsMax: 500,
	losersMax: 1000,
	tabsMax: 64,
	recentMax: 256,
	bucketHashesMax: 8192,
	openWindowsMin: 16,
	archivePageWindows: 32,
	agedEventsMax: 2000,
	agedHeadsMax: 1000,
	agedStreamsMax: 5,
	roundRowsMax: 100,
	roundEventsMax: 2000,
	roundAnswersMax: 100,
	roundRefoldMax: 10,
};
