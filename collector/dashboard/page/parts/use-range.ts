import { useContext, useMemo } from "preact/hooks";
import { ZoneContext } from "../format.ts";
import { useAddress } from "../state/address.ts";
import { type Range, rangeOf } from "../state/range.ts";

/** The chosen time range; the same object until another is chosen. */
export function useRange(): Range {
	const zone = useContext(ZoneContext);
	const { params } = useAddress();
	const { from, to, days } = params;
	return useMemo(
		() => rangeOf({ from: from ?? "", to: to ?? "", days: days ?? "" }, Date.now(), zone),
		[from, to, days, zone],
	);
}
