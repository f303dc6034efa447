/** The cross-domain part beside `strand.js`, loaded where `data-cross-domains` names any. */
import type {} from "./script.ts";
import { hop } from "./visitor/hop.ts";

window.strand?.use?.(hop);
