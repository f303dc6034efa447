/** 简体中文: map. */
import type { Words } from "../en/index.ts";

export const map: Pick<Words, "map"> = {
	map: {
		title: "各阶段的接触",
		says: "每种接触在每个阶段发生的次数；颜色表示高于预期，虚线格表示从未发生。",
		noStage: "无阶段",
		empty: "此时间内没有接触。",
		flow: "从阶段到阶段",
		flowSays: "一个阶段的全部接触中，下一次接触处于各阶段的比例：上方向前，下方返回，↻ 停留；其余在此转化或结束。",
		moves: "阶段间移动",
		step: "步骤",
		through: "走完全程",
		addStep: "添加步骤…",
		removeStep: "移除此步骤",
		funnelEmpty: "此时间内无人走到第一步。请选择其他步骤。",
		stage: "阶段",
		journeys: "旅程",
		fromFirst: "占第一阶段",
		fromBefore: "占前一阶段",
		time: "距第一步的平均用时",
		channelStage: "各阶段的渠道",
		funnel: "通往目标之路",
		funnelSays: "按此顺序走到每一步的旅程数；比例最小的一步流失最多。",
		ofBefore: (share) => `上一步的 ${share}`,
		mostLeave: (share) => `上一步的 ${share}：流失最多`,
	},
};
