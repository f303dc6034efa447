/** 简体中文. */
import type { Words } from "../en/index.ts";
import { attribution } from "./attribution.ts";
import { journeys } from "./journeys.ts";
import { map } from "./map.ts";
import { names } from "./names.ts";
import { pages } from "./pages.ts";
import { paths } from "./paths.ts";
import { person } from "./person.ts";
import { pipeline } from "./pipeline.ts";
import { setup } from "./setup.ts";
import { shell } from "./shell.ts";
import { times } from "./times.ts";

export const zhCN: Words = {
	...shell,
	...setup,
	...journeys,
	...person,
	...map,
	...paths,
	...attribution,
	...times,
	...pages,
	...pipeline,
	...names,
};
