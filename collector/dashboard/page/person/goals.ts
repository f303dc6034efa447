import { requestJson } from "../api.ts";
import type { Settings } from "../records.ts";
import { untilSettled } from "./links.tsx";

type Goal = Settings["settings"]["journey"]["goals"][number];

/** History is folded again under the new goals; done when chains show it. @param key secret */
export async function changeGoals(key: string, change: (goals: readonly Goal[]) => Goal[]): Promise<void> {
	const { settings } = await requestJson<Settings>("/v1/settings", { key });
	const journey = { ...settings.journey, goals: change(settings.journey.goals) };
	await requestJson("/v1/settings", { method: "PUT", key, body: { journey } });
	await untilSettled(key);
}
