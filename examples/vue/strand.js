/** Strand in a Vue app: `npm install strand`, and in `main.js` `createApp(App).use(strandPlugin)`; components get `$strand`. */
import { forms, init } from "strand";

/** `undefined` on a server. Page views of any router are found without help. */
export const strand =
	typeof window === "undefined"
		? undefined
		: init({
				writeKey: import.meta.env.VITE_STRAND_KEY,
				endpoint: import.meta.env.VITE_STRAND_COLLECTOR,
				observers: [forms],
			});

export const strandPlugin = {
	install(app) {
		app.config.globalProperties.$strand = strand;
	},
};
