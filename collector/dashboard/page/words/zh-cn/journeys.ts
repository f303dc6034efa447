/** 简体中文: journeys. */
import type { Words } from "../en/index.ts";

export const journeys: Pick<Words, "journeys"> = {
	journeys: {
		says: "每行一位客户，无固定顺序；打开可看完整的链。点击列名可对已显示的行排序。",
		search: "用任一标识查找客户",
		searchHint: "用户 ID、邮箱、电话或设备 ID",
		find: "查找",
		nobody: "没有人使用此标识。",
		person: "客户",
		chain: "链",
		contacts: "接触",
		conversions: "转化",
		converted: "已转化",
		campaign: "活动",
		last: "最近接触",
		more: "显示更多",
		read: (share) => `查找中：已看 ${share}`,
		noPath: "移除此路径",
		begin: "还没有数据？前往接入。",
		empty: "没有符合条件的旅程。请放宽时间范围或筛选条件。",
		export: "导出旅程（NDJSON）",
		csv: "下载 CSV",
		colours: "每个方块为一次接触，最新在右；高的为转化：",
	},
};
