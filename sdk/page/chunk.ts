/**
 * Loads a part of the script from beside it, under the page's own security rules: the nonce is handed
 * on, and where Trusted Types are enforced (https://www.w3.org/TR/trusted-types/) the address goes through a
 * policy named `strand`; a page that allows neither goes without the part.
 */

interface TrustedTypes {
	createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Wait before a part that could not be fetched is asked for again; doubles each time. */
const RETRY_MS = 5_000;

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** @param from the script element that loaded us, for its nonce */
export function loadChunk(url: string, from: HTMLScriptElement, retryMs = RETRY_MS): void {
	try {
		const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
		const element = document.createElement("script");
		element.nonce = from.nonce;
		element.onerror = () => setTimeout(loadChunk, retryMs, url, from, retryMs * 2);
		// A second policy of one name is refused, so the first is kept.
		policy = policy || trustedTypes?.createPolicy("strand", { createScriptURL: (trusted) => trusted });
		element.src = policy?.createScriptURL(url) ?? url;
		document.head.append(element);
	} catch {
		// The page's security rules do not allow the policy: it goes without the part.
	}
}
