/** English: times. */
import type { Names } from "../names.ts";

export const times = {
	times: {
		title: "Weekday and hour",
		says: (zone: string) =>
			`Contacts by weekday and hour (${zone}). Colour means more than expected from the day's and the hour's totals; grey: fewer than 5.`,
		weekly: "Channel by week",
		weeklySays:
			"Contacts by channel and week, each named by its Monday; colour means more than expected for that channel and week; grey: fewer than 5.",
		empty: "No contacts in this time.",
		onePerson: "One person only",
		toPerson: "Show this person's chain",
		never: "never",
		few: (min: number) => `fewer than ${min}`,
		timesExpected: (ratio: string) => `≥ ${ratio} × expected`,
		channelTotal: "Channel in all",
		cell: (day: string, hour: string, count: string, expected: string) =>
			`${day} ${hour}: ${count}, expected ${expected}`,
		week: "Week",
		weekFrom: (week: string, monday: string) => `${week} (from ${monday})`,
		weekday: "Weekday",
		weekdays: {
			Monday: "Mon",
			Tuesday: "Tue",
			Wednesday: "Wed",
			Thursday: "Thu",
			Friday: "Fri",
			Saturday: "Sat",
			Sunday: "Sun",
		} as Names,
		hour: "Hour",
		expected: "Expected",
	},
};
