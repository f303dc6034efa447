/** The web vitals part beside `strand.js`. */
import { vitals } from "./capture/web-vitals.ts";
import type {} from "./script.ts";

window.strand?.use?.(vitals);
