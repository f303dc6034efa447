/** The workspace's settings as far as a stream shard knows them, and what follows from them for its folds. */
import { cutAt } from "../../identity/index.ts";
import { readStoredConfig, rulesVersion, type WorkspaceConfig } from "../config.ts";
import type { GraphDoor } from "../messages.ts";
import { NO_RETENTION, type Retention, renewMsOf } from "./aging.ts";
import { createFoldRules, type FoldRules } from "./rules.ts";
import type { ShardRows } from "./shard-rows.ts";

export class KnownConfig {
	private readonly rows: ShardRows;
	private readonly graph: () => Pick<GraphDoor, "config">;
	private cachedConfig: WorkspaceConfig | null = null;
	private cachedRules: FoldRules | null = null;

	constructor(rows: ShardRows, graph: () => Pick<GraphDoor, "config">) {
		this.rows = rows;
		this.graph = graph;
	}

	/** Whether no newer settings have been told since. */
	isCurrent(config: WorkspaceConfig): boolean {
		return this.cachedConfig === config;
	}

	/** As far as the shard was told; null: it never asked. */
	read(): WorkspaceConfig | null {
		const stored = this.cachedConfig === null ? this.rows.meta("config") : undefined;
		return stored === undefined ? this.cachedConfig : readStoredConfig(stored);
	}

	async ask(): Promise<WorkspaceConfig> {
		const config = this.read() ?? (await this.graph().config());
		if (config === null) throw new Error("the workspace does not exist");
		// Newer settings may have been told while the question was under way.
		return this.cachedConfig ?? this.take(config);
	}

	rules(config: WorkspaceConfig): FoldRules {
		const version = rulesVersion(config);
		if (this.cachedRules?.version !== version) this.cachedRules = createFoldRules(config);
		return this.cachedRules;
	}

	/** Under new rules, of the settings or of the code, every stream is folded again, in small steps. */
	take(config: WorkspaceConfig): WorkspaceConfig {
		const version = rulesVersion(config);
		const before = this.rows.meta("rules");
		const text = JSON.stringify(config);
		this.cachedConfig = config;
		if (this.rows.meta("config") !== text) this.rows.setMeta("config", text);
		if (before === version) return config;
		this.rows.setMeta("rules", version);
		if (before !== undefined) this.rows.setMeta("refold", "");
		return config;
	}

	/** How much content goes by age now. */
	retention({ settings }: WorkspaceConfig, nowMs: number): Retention {
		const { retentionDays, idleDays } = settings;
		if (retentionDays === null) return NO_RETENTION;
		const idleCut = cutAt(nowMs, idleDays);
		return { cut: cutAt(nowMs, retentionDays), idleCut, renewMs: renewMsOf(retentionDays) };
	}
}
