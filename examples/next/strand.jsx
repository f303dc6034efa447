"use client";
/** Strand in Next.js: `npm install strand`, this file as `app/strand.jsx`, and `<Strand userId={…} />` in the body of `app/layout.jsx`. */
import { useEffect } from "react";
import { forms, init } from "strand";

/** One for the page, however often React mounts; a client component runs on the server too. */
export const strand =
	typeof window === "undefined"
		? undefined
		: init({
				writeKey: process.env.NEXT_PUBLIC_STRAND_KEY,
				endpoint: process.env.NEXT_PUBLIC_STRAND_COLLECTOR,
				observers: [forms],
			});

/** Says who is logged in. Page views of the router are found without help. */
export function Strand({ userId }) {
	useEffect(() => {
		if (userId) strand?.identify(userId);
	}, [userId]);
	return null;
}
