/** The forms part beside `strand.js`. */
import { forms } from "./capture/forms.ts";
import type {} from "./script.ts";

window.strand?.use?.(forms);
