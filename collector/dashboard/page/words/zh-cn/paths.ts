/** 简体中文: paths. */
import type { Words } from "../en/index.ts";

export const paths: Pick<Words, "paths"> = {
	paths: {
		title: "最常见的路径",
		says: "色带从左到右表示最常见的渠道顺序，宽度为旅程数量。",
		drawn: (paths, distinct, journeys, share) =>
			`图中为 ${distinct} 条路径中最常见的 ${paths} 条，含 ${journeys} 段旅程（占全部 ${share}）。表中更多。`,
		step: (number) => `第 ${number} 次`,
		end: "结果",
		empty: "此时间内没有旅程。",
		depth: "显示步数",
		channel: "仅含",
		steps: "路径",
		journeys: "旅程",
		conversions: "转化",
		rate: "转化率",
		time: "转化用时",
		converted: "已转化",
		ended: "未转化",
		show: "查看这些旅程",
		longer: "继续",
		click: "点击色带可查看其背后的客户。同一人走过两次，此处计两次，列表中只出现一次。",
	},
};
