/**
 * Every bound of the identity rules, with its unit; each fate stands in the rule that reads it.
 */

/** A longer silence than this, milliseconds, ends a visit; exactly this long does not. */
export const VISIT_GAP_MS_MAX = 30 * 60_000;
/** Unattributed events are spread over this many streams (rule 1). */
export const UNATTRIBUTED_STREAMS = 64;
/** Seen with this many different users, an identifier other than a userId is shared (rule 8). */
export const SHARED_USERS_MIN = 3;
/** Beside more different identifiers than this, any identifier is shared (rule 8). */
export const BESIDE_IDS_MAX = 100;
/** A union of more strong identifiers than this is refused (rule 9 d). */
export const CLUSTER_IDS_MAX = 100;
/** This many people known by one type of identifier make a device shared (rule 13). */
export const SHARED_DEVICE_PEOPLE_MIN = 3;

/** Most identifiers of one type in a cluster (rule 9 c); a union that passes it is refused. A userId is limited by rule 9 b. */
const EMAIL_IDS_MAX = 5;
const PHONE_IDS_MAX = 5;
const UNIONID_IDS_MAX = 2;
const OPENID_IDS_MAX = 10;
const EXTERNAL_IDS_MAX = 5;

/**
 * The limit that a kind falls under. Openids are counted together over all apps ("openid 10");
 * external ids by type ("ext 5 a type").
 *
 * @returns the name that the count is kept by, and the count allowed; null for kinds without a limit
 */
export function typeLimitOf(kind: string): { name: string; idsMax: number } | null {
	if (kind === "email") return { name: kind, idsMax: EMAIL_IDS_MAX };
	if (kind === "phone") return { name: kind, idsMax: PHONE_IDS_MAX };
	if (kind === "unionid") return { name: kind, idsMax: UNIONID_IDS_MAX };
	if (kind.startsWith("openid:")) return { name: "openid", idsMax: OPENID_IDS_MAX };
	if (kind.startsWith("ext:")) return { name: kind, idsMax: EXTERNAL_IDS_MAX };
	return null;
}
