/** English: paths. */

export const paths = {
	paths: {
		title: "Commonest paths",
		says: "Bands follow the commonest sequences of channels from left to right; their width is the number of journeys.",
		drawn: (paths: string, distinct: string, journeys: string, share: string) =>
			`Drawn: the ${paths} commonest of ${distinct} paths, with ${journeys} journeys (${share} of all). The table has more of them.`,
		step: (number: number) => `Contact ${number}`,
		end: "End",
		empty: "No journeys in this time.",
		depth: "Steps shown",
		channel: "Only paths with",
		steps: "Path",
		journeys: "Journeys",
		conversions: "Conversions",
		rate: "Rate",
		time: "Time to convert",
		converted: "converted",
		ended: "not converted",
		show: "Show these journeys",
		longer: "goes on",
		click:
			"A band leads to the people behind it. A person who walked a path twice counts twice here, and stands once in that list.",
	},
};
