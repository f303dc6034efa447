/** 简体中文: times. */
import type { Words } from "../en/index.ts";

export const times: Pick<Words, "times"> = {
	times: {
		title: "星期与小时",
		says: (zone) => `按星期和小时统计的接触（${zone}）。颜色表示高于按日和按时合计的预期；灰色表示少于 5 次。`,
		weekly: "各周的渠道",
		weeklySays: "按渠道和周（以周一日期标示）统计的接触；颜色表示高于该渠道该周的预期；灰色表示少于 5 次。",
		empty: "此时间内没有接触。",
		onePerson: "仅此一人",
		toPerson: "查看此人的链",
		never: "从未",
		few: (min) => `少于 ${min} 次`,
		timesExpected: (ratio) => `≥ 预期的 ${ratio} 倍`,
		channelTotal: "渠道合计",
		cell: (day, hour, count, expected) => `${day} ${hour}：${count}，预期 ${expected}`,
		week: "周",
		weekFrom: (week, monday) => `${week}（${monday}起）`,
		weekday: "星期",
		weekdays: {
			Monday: "周一",
			Tuesday: "周二",
			Wednesday: "周三",
			Thursday: "周四",
			Friday: "周五",
			Saturday: "周六",
			Sunday: "周日",
		},
		hour: "小时",
		expected: "预期",
	},
};
