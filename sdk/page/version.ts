/** Held equal to `package.json` by a test. */
export const VERSION = "0.1.0";

/** As delivery reports name this script. */
export const LIBRARY = `strand.js/${VERSION}`;
