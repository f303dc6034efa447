/**
 * What the browser says on the visitor's behalf.
 * Global Privacy Control: https://w3c.github.io/gpc/ (do not sell or share); Do Not Track is withdrawn
 * and honoured by option only.
 */
interface Signals {
	globalPrivacyControl?: boolean;
	doNotTrack?: string | null;
}

export const hasGpc = (): boolean => !!(navigator as Signals).globalPrivacyControl;
export const hasDnt = (): boolean => (navigator as Signals).doNotTrack === "1";
