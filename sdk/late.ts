/** The late part beside `strand.js`, loaded under the name of its version, since the two must fit. */
import { late } from "./late-parts.ts";
import type {} from "./script.ts";

window.strand?.extend?.(late);
