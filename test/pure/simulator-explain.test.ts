/** Every identifier of a person comes with the event and the rule that brought it in, also after merges. */
import { describe, expect, it } from "vitest";
import { createHasher } from "../../collector/identity/index.ts";
import type { LoggedEvent, Trust, WireEvent } from "../../collector/model.ts";
import { createQuietWorld } from "../simulator/quiet.ts";

const START = Date.parse("2025-01-01T00:00:00Z");
const MINUTE_MS = 60_000;

function event(messageId: string, minute: number, sent: Partial<WireEvent>, trust: Trust = "public"): LoggedEvent {
	const timestamp = START + minute * MINUTE_MS;
	return { sent: { type: "identify", ...sent, messageId }, timestamp, receivedAt: timestamp, trust, added: {} };
}

/** What the graph says of the user's profile, identifiers by kind and clear value. */
async function explain(userId: string, values: { [kind: string]: string[] }, events: LoggedEvent[]) {
	const world = createQuietWorld();
	try {
		await world.play(events.map((one) => ({ events: [one] })));
		const hash = createHasher(world.config.secret);
		const names = new Map(
			Object.entries(values).flatMap(([kind, all]) => all.map((value) => [`${kind}=${hash(kind, value)}`, value])),
		);
		const nameOf = (node: string) => names.get(node) ?? node;
		const profileId = world.graph?.questions.profileOfNode(`userId=${hash("userId", userId)}`) as string;
		const why = world.graph?.questions.explain(profileId);
		return {
			evidence: why?.evidence.map(
				({ node, rule, with: other, at }) => `${nameOf(node)} ${rule} ${nameOf(other)} ${at.m}`,
			),
			refusals: why?.refusals.map(
				({ a, b, rule, reason, at }) => `${[nameOf(a), nameOf(b)].sort()} ${rule} ${reason} ${at.m}`,
			),
		};
	} finally {
		world.close();
	}
}

const CRM = { externalIds: [{ type: "crm", id: "c1" }] };
const VALUES = { userId: ["li", "old", "wang"], "ext:crm": ["c1", "c2"], anonymousId: ["phone", "desk", "tv"] };

describe("why a person is one", () => {
	it("names rule, other end and earliest event for each identifier, devices included", async () => {
		const { evidence, refusals } = await explain("li", VALUES, [
			event("view", 0, { type: "page", anonymousId: "phone" }),
			event("login", 5, { anonymousId: "phone", userId: "li" }),
			event("again", 500, { anonymousId: "phone", userId: "li" }),
			event("sold", 20, { userId: "li", ...CRM }, "server"),
			event("said", 10, { userId: "li", anonymousId: "desk", ...CRM }),
			event("same", 30, { type: "alias", userId: "li", previousId: "old" }, "server"),
			event("hop", 40, { type: "link", anonymousId: "desk", previousId: "tv" }),
			event("own", 50, { type: "alias", userId: "li", anonymousId: "tv", previousId: "tv" }),
		]);
		expect(evidence?.sort()).toEqual(
			[
				"phone claim li login",
				"desk claim li said",
				"desk link tv hop",
				"tv link desk hop",
				"tv alias li own",
				"li server c1 sold",
				"c1 server li sold",
				"li alias old same",
				"old alias li same",
			].sort(),
		);
		expect(refusals).toEqual([]);
	});

	it("names what was refused, and why", async () => {
		const { refusals } = await explain("li", VALUES, [
			event("sold", 0, { userId: "li", ...CRM }, "server"),
			event("other", 1, { userId: "wang", externalIds: [{ type: "crm", id: "c2" }] }, "server"),
			event("two", 2, { userId: "wang", ...CRM }, "server"),
			event("forged", 3, { userId: "li", externalIds: [{ type: "crm", id: "c2" }] }),
			event("parted", 9, { type: "unlink", ids: [{ userId: "li" }, { "ext:crm": "c1" }] }, "server"),
		]);
		expect(refusals?.sort()).toEqual(["c1,li server unlinked sold", "c2,li public unlinked forged"].sort());
	});

	it("tells of one whose claims an unlink takes off a device nothing on it", async () => {
		const { evidence } = await explain("li", VALUES, [
			event("login", 0, { anonymousId: "phone", userId: "li" }),
			event("parted", 9, { type: "unlink", ids: [{ userId: "li" }, { anonymousId: "phone" }] }, "server"),
		]);
		expect(evidence).toEqual([]);
	});
});
