/**
 * What the visitor told the site's consent tool, handed to the script: `strand-consent.js` beside it. One reader a tool; each
 * tells whether analytics is allowed now, and again whenever that changes.
 */
import { type ConsentState, ID_COOKIE } from "./memory.ts";

/** @param tell true: analytics is allowed. Called at once where the tool knows already. */
type Reader = (tell: (isAllowed: boolean) => void, category: string) => void;

type Outside = Window & {
	dataLayer?: unknown[];
	OnetrustActiveGroups?: string;
	Cookiebot?: { hasResponse?: boolean; consent?: { [category: string]: boolean | undefined } };
	klaro?: { getManager(): KlaroManager };
	__tcfapi?: (command: string, version: number, listener: (data: TcData, ok: boolean) => void) => void;
	strand?: { q?: unknown[]; consent?(state: ConsentState): unknown };
};

interface KlaroManager {
	confirmed: boolean;
	consents: { [service: string]: boolean };
	watch(watcher: { update(manager: unknown, event: string, consents: { [service: string]: boolean }): void }): void;
}

interface TcData {
	eventStatus: string;
	gdprApplies?: boolean;
	purpose: { consents: { [purpose: string]: boolean } };
}

interface Tool {
	/** What the tool calls analytics, unless `data-category` says otherwise. */
	category: string;
	read: Reader;
}

const outside = window as unknown as Outside;
/** Tools that are polled for until they are there; ms between looks. */
const LOOK_MS = 100;

const TOOLS: { readonly [name: string]: Tool } = {
	/**
	 * Consent mode speaks through `gtag("consent", "default" | "update", {…})`, which only pushes its arguments. A default that
	 * denies is no choice of the visitor: what he allowed on an earlier page stands until an update says otherwise. A default
	 * that grants does so unless another one denies, since they may be meant for regions, which a page cannot know.
	 * https://developers.google.com/tag-platform/security/guides/consent
	 */
	google: {
		category: "analytics_storage",
		read(tell, category) {
			outside.dataLayer = outside.dataLayer || [];
			const layer = outside.dataLayer;
			/** The visitor chose, or a default denies. */
			let isSettled = false;
			const look = (entry: unknown): void => {
				const [command, mode, states] = Array.from((entry as ArrayLike<unknown>) || []);
				const state = (states as { [category: string]: string } | undefined)?.[category];
				if (command !== "consent" || !state) return;
				const isAllowed = state === "granted";
				isSettled = isSettled || mode === "update" || !isAllowed;
				if (mode === "update") tell(isAllowed);
				// Once the page has given all its defaults.
				else setTimeout(() => isSettled || tell(isAllowed));
			};
			for (const entry of layer) look(entry);
			const { push } = layer;
			layer.push = (...entries) => {
				entries.forEach(look);
				return push.apply(layer, entries);
			};
		},
	},
	/** https://developer.onetrust.com/onetrust/docs/javascript-events-guide */
	onetrust: {
		category: "C0002",
		read(tell, category) {
			const look = (groups: readonly string[]): void => tell(groups.includes(category));
			if (outside.OnetrustActiveGroups) look(outside.OnetrustActiveGroups.split(","));
			addEventListener("OneTrustGroupsUpdated", (event) => look((event as CustomEvent<string[]>).detail));
		},
	},
	/** https://www.cookiebot.com/en/developer/ */
	cookiebot: {
		category: "statistics",
		read(tell, category) {
			const look = (): void => tell(!!outside.Cookiebot?.consent?.[category]);
			if (outside.Cookiebot?.hasResponse) look();
			addEventListener("CookiebotOnAccept", look);
			addEventListener("CookiebotOnDecline", look);
		},
	},
	/** https://klaro.org/docs/api/js_api */
	klaro: {
		category: "strand",
		read(tell, category) {
			whenThere(
				() => outside.klaro,
				(klaro) => {
					const manager = klaro.getManager();
					if (manager.confirmed) tell(!!manager.consents[category]);
					manager.watch({ update: (_, event, consents) => event === "consents" && tell(!!consents[category]) });
				},
			);
		},
	},
	/**
	 * Any tool of IAB Europe's framework: purposes 1 (store) and 8 (measure content).
	 * https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework/blob/master/TCFv2/IAB%20Tech%20Lab%20-%20CMP%20API%20v2.md
	 */
	tcf: {
		category: "1 8",
		read(tell, category) {
			whenThere(
				() => outside.__tcfapi,
				(api) =>
					api("addEventListener", 2, (data, ok) => {
						if (!ok || (data.gdprApplies && data.eventStatus === "cmpuishown")) return;
						tell(!data.gdprApplies || category.split(" ").every((purpose) => data.purpose.consents[purpose]));
					}),
			);
		},
	},
};

function whenThere<T>(find: () => T | undefined, use: (found: T) => void): void {
	const found = find();
	if (found) use(found);
	else setTimeout(whenThere, LOOK_MS, find, use);
}

/**
 * Follows a tool, by the data attributes of its script tag: `data-tool`, `data-category` where the tool calls analytics otherwise,
 * and `data-refused="anonymous"` for counting without an id where analytics is refused.
 *
 * A choice that comes before the script waits for it in the queue of early calls.
 *
 * @throws Error where the tool is not known, which names those that are
 */
export function followConsent({ tool = "", category, refused = "denied" }: DOMStringMap): void {
	const found = Object.keys(TOOLS).includes(tool) ? TOOLS[tool] : undefined;
	if (!found) throw new Error(`data-tool: ${Object.keys(TOOLS).join(", ")}`);
	let told: boolean | undefined;
	found.read((isAllowed) => {
		// Some tools tell "no" before the visitor has chosen: where nothing was allowed, nothing is taken back, and what
		// happened meanwhile may still be sent with a later "yes".
		const isNothing = !isAllowed && !told && refused === "denied" && !document.cookie.includes(ID_COOKIE);
		if (isAllowed === told || isNothing) return;
		told = isAllowed;
		const state = (isAllowed ? "granted" : refused) as ConsentState;
		outside.strand = outside.strand || { q: [] };
		if (outside.strand.q) outside.strand.q.push(["consent", [state], Date.now()]);
		else outside.strand.consent?.(state);
	}, category || found.category);
}
