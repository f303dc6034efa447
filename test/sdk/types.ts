import { init } from "../../sdk/index.ts";

/** Compiled, never run: what the types must refuse. */
export function typesAreHeld(): void {
	const strand = init<{ "Plan Chosen": { plan: string }; Left: undefined }>({
		writeKey: "wk_a",
		endpoint: "https://c",
	});
	strand.track("Plan Chosen", { plan: "pro" });
	strand.track("Left");
	// @ts-expect-error an unknown event
	strand.track("Plan Chosn", { plan: "pro" });
	// @ts-expect-error a wrong property
	strand.track("Plan Chosen", { plan: 1 });
	// @ts-expect-error a missing property
	strand.track("Plan Chosen");
	// @ts-expect-error a wrong choice
	strand.consent("perhaps");
	const loose = init({ writeKey: "wk_a", endpoint: "https://c" });
	loose.track("Anything", { at: [1, "two", null] });
	loose.identify({ plan: "pro" });
}
