/** The consent part, `strand-consent.js`: a tag of its own beside the script's, or before it. */
import { followConsent } from "./visitor/consent-tools.ts";

try {
	followConsent((document.currentScript as HTMLElement).dataset);
} catch (error) {
	// The developer sees it, the visitor does not; nothing is allowed then.
	console.error(error);
}
