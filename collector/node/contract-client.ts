/** The collector as the commands see it: its address, a key, and answers that are tried again where that helps. */

/** Waits between tries, ms; a collector that is overloaded says itself how long. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** How long one call waits for a collector that says that it is busy and when to come again: an import may outrun its folding. */
const BUSY_MS_MAX = 15 * 60_000;

export interface Client {
	/** @throws Error with the collector's own words for any answer but 2xx, once trying again and waiting do not help */
	call(path: string, init?: { method: string; body: string }): Promise<Response>;
}

export const CLIENT_OPTIONS = {
	url: { type: "string" },
	key: { type: "string" },
} as const;

export const CLIENT_HELP = `  --url URL            of the collector (or STRAND_URL; http://127.0.0.1:8787)
  --key KEY            (or STRAND_KEY, which no list of processes shows)`;

/** @throws Error without a key */
export function createClient(options: { url?: string | undefined; key?: string | undefined }): Client {
	const url = (options.url ?? (process.env.STRAND_URL || "http://127.0.0.1:8787")).replace(/\/+$/, "");
	const key = options.key ?? process.env.STRAND_KEY;
	if (key === undefined || key === "") throw new Error("give a key with --key or in STRAND_KEY");
	return {
		async call(path, init) {
			let busyMs = 0;
			for (let attempt = 0; ; ) {
				const response = await fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}` } }).catch(
					(error: unknown) => error,
				);
				if (response instanceof Response && response.ok) return response;
				const askedMs = response instanceof Response ? Number(response.headers.get("retry-after")) * 1000 : 0;
				const isBusy = askedMs > 0 && busyMs < BUSY_MS_MAX;
				const isRetryable = !(response instanceof Response) || response.status === 429 || response.status >= 500;
				const waitMs = isBusy ? askedMs : WAITS_MS[attempt];
				if (!isRetryable || waitMs === undefined) throw new Error(await describe(url, response));
				if (isBusy) busyMs += askedMs;
				else attempt++;
				if (response instanceof Response) await response.body?.cancel();
				await new Promise((resolve) => setTimeout(resolve, waitMs));
			}
		},
	};
}

async function describe(url: string, response: unknown): Promise<string> {
	if (!(response instanceof Response)) return `${url} does not answer (${(response as Error).message})`;
	const text = await response.text();
	try {
		const { error } = JSON.parse(text) as { error: { message: string; field?: string } };
		return error.field === undefined ? error.message : `${error.field}: ${error.message}`;
	} catch {
		return `${url} answered ${response.status}`;
	}
}
