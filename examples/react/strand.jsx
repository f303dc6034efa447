/** Strand in a React app: `npm install strand`, this file, and `<Strand userId={…} />` once, near the root. */
import { useEffect } from "react";
import { forms, init } from "strand";

/** One for the page, however often React mounts; `undefined` on a server. */
export const strand =
	typeof window === "undefined"
		? undefined
		: init({
				writeKey: import.meta.env.VITE_STRAND_KEY,
				endpoint: import.meta.env.VITE_STRAND_COLLECTOR,
				observers: [forms],
			});

/** Says who is logged in. Page views of any router are found without help. */
export function Strand({ userId }) {
	useEffect(() => {
		if (userId) strand?.identify(userId);
	}, [userId]);
	return null;
}
