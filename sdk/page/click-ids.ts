/**
 * The click ids of `wire.ts`, and whatever else calls itself one: names only, their kinds are the
 * collector's business. A test holds the list of `wire.ts` to it.
 */
export const CLICK_IDS =
	/^(\w*cl(k|ick_?)?id|[gw]braid|gad_source|li_fat_id|igshid|epik|rdt_cid|sccid|tblci|awc|cjevent|mc_eid|_kx|bd_vid|qz_gdt|gdt_vid|wx_traceid)$/i;
