/** English: journeys. */

export const journeys = {
	journeys: {
		says: "One row a person, in no order of its own; open one to see the whole chain. A click on a column sorts the rows that are shown.",
		search: "Find a person by any identifier",
		searchHint: "User id, mail, phone or device id",
		find: "Find",
		nobody: "Nobody is known by this identifier.",
		person: "Person",
		chain: "Chain",
		contacts: "Contacts",
		conversions: "Conversions",
		converted: "Converted",
		campaign: "Campaign",
		last: "Last contact",
		more: "Show more",
		read: (share: string) => `Looking: ${share} of everybody`,
		noPath: "Remove this path",
		begin: "Nothing has arrived yet? Go to set-up.",
		empty: "No journey matches. Widen the time range or the filters.",
		export: "Export journeys (NDJSON)",
		csv: "Download CSV",
		colours: "A square a contact, the latest to the right; a tall one met a goal:",
	},
};
