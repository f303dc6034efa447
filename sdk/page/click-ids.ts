/**
 * The click ids of `wire.ts` without their kinds, which only the collector needs. A test holds the two
 * lists equal.
 */
export const CLICK_IDS =
	"gclid gbraid wbraid dclid gad_source msclkid fbclid ttclid twclid li_fat_id igshid epik rdt_cid ScCid sccid yclid ymclid qclid obclid tblci irclickid awc cjevent mc_eid _kx bd_vid clickid click_id qz_gdt gdt_vid wx_traceid xhs_clickid stclid".split(
		" ",
	);
