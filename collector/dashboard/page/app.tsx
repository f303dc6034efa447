/** The shell: the door with its key, then navigation, time range, language and the view that the address names. */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, requestJson } from "./api.ts";
import { Door } from "./door.tsx";
import { GoalsContext, ZoneContext } from "./format.ts";
import { LanguageSwitch } from "./parts/language-switch.tsx";
import { Loaded } from "./parts/loaded.tsx";
import { RangePicker } from "./parts/range-picker.tsx";
import type { Settings } from "./records.ts";
import { linkTo, useAddress } from "./state/address.ts";
import { changeKey, onKeyChange, readKey } from "./state/session.ts";
import { readTheme, setTheme, type Theme } from "./state/theme.ts";
import { useLoad } from "./use-load.ts";
import { keepLanguage, type Language, LanguageContext, readLanguage, useWords } from "./words/index.ts";

type ViewModule = { default: FunctionComponent };

/** Each is a part of its own, loaded when it is first opened; in the order of the navigation. */
const VIEWS = {
	setup: () => import("./views/setup.tsx"),
	live: () => import("./views/live.tsx"),
	journeys: () => import("./views/journeys.tsx"),
	map: () => import("./views/map.tsx"),
	paths: () => import("./views/paths.tsx"),
	attribution: () => import("./views/attribution.tsx"),
	times: () => import("./views/times.tsx"),
	pages: () => import("./views/pages.tsx"),
	pipeline: () => import("./views/pipeline.tsx"),
} satisfies Record<string, () => Promise<ViewModule>>;

export type ViewName = keyof typeof VIEWS;
const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];
/** Views of now rather than of a time range; one person's chain is shown whole, too. */
const WITHOUT_RANGE: ReadonlySet<string> = new Set(["setup", "live", "pipeline"]);

export function App() {
	const [language, setLanguage] = useState<Language>(readLanguage);
	const [key, setKey] = useState(readKey);
	useEffect(() => onKeyChange(() => setKey(readKey())), []);
	useEffect(() => {
		document.documentElement.lang = language;
	}, [language]);
	const change = (next: Language) => {
		keepLanguage(next);
		setLanguage(next);
	};
	return (
		<LanguageContext.Provider value={language}>
			{key === null ? <Door onLanguage={change} /> : <Frame key={key} onLanguage={change} />}
		</LanguageContext.Provider>
	);
}

function Frame({ onLanguage }: { onLanguage: (language: Language) => void }) {
	const words = useWords();
	const address = useAddress();
	const view = VIEW_NAMES.find((name) => name === address.view) ?? "journeys";
	const settings = useLoad("settings", (signal) => requestJson<Settings>("/v1/settings", { signal }));
	const title = words.views[view];
	useEffect(() => {
		document.title = `${title} · Strand`;
		document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
	}, [title]);
	return (
		<>
			<button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
				{words.common.skip}
			</button>
			<header>
				<span class="brand">
					<img src="/dashboard/icon.svg" width={20} height={20} alt="" /> Strand
				</span>
				<nav aria-label={words.common.views}>
					{VIEW_NAMES.map((name) => (
						<a key={name} href={linkTo(name)} aria-current={name === view ? "page" : undefined}>
							{words.views[name]}
						</a>
					))}
				</nav>
				<div class="row">
					<LanguageSwitch onLanguage={onLanguage} />
					<ThemeSwitch />
					<button type="button" onClick={() => changeKey(null)}>
						{words.common.leave}
					</button>
				</div>
			</header>
			<main id="content" tabIndex={-1}>
				<Loaded load={settings}>
					{({ settings: { timeZone, journey } }) => (
						<ZoneContext.Provider value={timeZone}>
							<GoalsContext.Provider value={journey.goals.map(({ name }) => name)}>
								<div class="page-head">
									<h1>{title}</h1>
									{!WITHOUT_RANGE.has(view) && address.id === "" && <RangePicker hasComparison={view !== "journeys"} />}
								</div>
								<View name={view} />
							</GoalsContext.Provider>
						</ZoneContext.Provider>
					)}
				</Loaded>
			</main>
		</>
	);
}

function View({ name }: { name: ViewName }) {
	const load = useLoad<ViewModule>(`view ${name}`, () =>
		VIEWS[name]().catch(async (error: unknown) => {
			throw await explainMissingView(error);
		}),
	);
	return <Loaded load={load}>{({ default: Content }) => <Content />}</Loaded>;
}

/** A newer dashboard has other file names: one that is open since before finds its views no more. */
async function explainMissingView(error: unknown): Promise<ApiError> {
	const isThere = await fetch("/healthz").then(
		({ ok }) => ok,
		() => false,
	);
	return isThere ? new ApiError(404, "stale_page", String(error)) : new ApiError(0, "offline", String(error));
}

function ThemeSwitch() {
	const words = useWords();
	const [theme, change] = useState<Theme>(readTheme);
	const next: Theme = theme === "dark" ? "light" : "dark";
	return (
		<button
			type="button"
			onClick={() => {
				setTheme(next);
				change(next);
			}}
		>
			{words.common.themes[next]}
		</button>
	);
}
