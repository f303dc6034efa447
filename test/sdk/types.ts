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
	// @ts-expect-error an id that is no text
	strand.identify(7);
	// @ts-expect-error what the script says of itself is read only
	strand.userId = "u1";
	// @ts-expect-error a property that the map does not have
	strand.track("Plan Chosen", { plan: "pro", price: 1 });
	// @ts-expect-error properties where the map has none
	strand.track("Left", { why: "dear" });
	// @ts-expect-error an unknown option
	init({ writeKey: "wk_a", endpoint: "https://c", colour: "red" });
	// @ts-expect-error a filter that gives back no event
	init({ writeKey: "wk_a", endpoint: "https://c", beforeSend: () => "mail" });
	const loose = init({ writeKey: "wk_a", endpoint: "https://c" });
	loose.track("Anything", { at: [1, "two", null] });
	loose.identify({ plan: "pro" });
	// @ts-expect-error a value that JSON does not have
	loose.track("Anything", { at: () => 1 });
	// An observer of one's own, as the documentation of `Observer` has it.
	init({
		writeKey: "wk_a",
		endpoint: "https://c",
		observers: [(emit, page) => page.on("copy", () => emit({ type: "track", event: "Copied", kind: "custom" }))],
	});
}
