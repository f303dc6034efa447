/** English: the list of all texts, by view. Other languages have the same shape, which the compiler holds them to. */
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

export const en = {
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

export type Words = typeof en;
