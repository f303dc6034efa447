/**
 * How long the identity rules take: `npm run bench:identity [events]` prints times of the batch
 * resolver over a made-up shop, and of the cluster rules alone over as many claims. It asserts
 * nothing: the machine decides.
 */
import {
	createHasher,
	cutTimeline,
	foldRegisters,
	type LightEvent,
	nodeKey,
	resolve,
	resolveClusters,
} from "../collector/identity/index.ts";
import type { LoggedEvent } from "../collector/model.ts";

const EVENTS = Number(process.argv[2] ?? 100_000);
const ROUNDS = 7;
const START = Date.parse("2025-01-01T00:00:00Z");
const SETTINGS = { phoneRegion: "CN", blocked: [] };

/** Ten events a visit, one visit in three with a login; one in ten events is a server's, by mail or phone. */
function makeShop(count: number): LoggedEvent[] {
	return Array.from({ length: count }, (_, index) => {
		const person = Math.floor(index / 10) % Math.ceil(count / 50);
		const timestamp = START + Math.floor(index / 10) * 3_600_000 + (index % 10) * 60_000;
		const isLogin = index % 30 === 5;
		const isServer = index % 10 === 9;
		const traits: { [name: string]: string } =
			index % 20 === 9 ? { email: `p${person}@shop.cn` } : { phone: `139${String(10_000_000 + person)}` };
		return {
			sent: {
				type: "track",
				messageId: `message-${index}`,
				...(!isServer && { anonymousId: `device-${person}-${index % 7 === 0 ? 1 : 0}` }),
				...(isLogin && { userId: `user-${person}` }),
				...((isServer || isLogin) && { traits }),
			},
			timestamp,
			receivedAt: timestamp,
			trust: isServer ? "server" : "public",
			added: {},
		};
	});
}

/** Wall time, and beside it processor time, which says more on a busy machine. */
function measure(name: string, work: () => unknown): void {
	const times = Array.from({ length: ROUNDS }, () => {
		const start = performance.now();
		const cpu = process.cpuUsage();
		work();
		const { user, system } = process.cpuUsage(cpu);
		return { wall: performance.now() - start, cpu: (user + system) / 1000 };
	});
	const sorted = (key: "wall" | "cpu") => times.map((time) => Math.round(time[key])).sort((a, b) => a - b);
	const [wall, cpu] = [sorted("wall"), sorted("cpu")];
	console.log(
		`${name}: median ${wall[ROUNDS >> 1]} ms (best ${wall[0]}), processor ${cpu[ROUNDS >> 1]} ms (best ${cpu[0]})`,
	);
}

const events = makeShop(EVENTS);
measure(`resolve, ${EVENTS} events of a shop`, () => resolve(events, SETTINGS, "bench"));

const hash = createHasher("bench");
const node = (kind: string, value: string) => nodeKey(kind, hash(kind, value));
const claimEvent = (index: number, stream: string, nodes: string[]): LightEvent => ({
	at: { t: START + index * 1000, m: `message-${index}`, s: stream },
	nodes: nodes.sort(),
	trust: index % 2 ? "server" : "public",
});

const many = Array.from({ length: EVENTS }, (_, index) => {
	const stream = node("anonymousId", `device-${index}`);
	const nodes = [node("userId", `user-${index % (EVENTS / 5)}`), node("email", `mail-${index % (EVENTS / 4)}`)];
	return cutTimeline({ key: stream, devices: [stream], lights: [claimEvent(index, stream, nodes)], resets: [] });
});
measure(`resolveClusters, ${EVENTS} claims on as many devices`, () => resolveClusters(many, []));

const desk = node("anonymousId", "desk");
const turns = Array.from({ length: EVENTS }, (_, index) =>
	claimEvent(index, desk, [node("userId", `user-${index % 1000}`), node("email", `mail-${index % 7}`)]),
);
const shared = [cutTimeline({ key: desk, devices: [desk], lights: turns, resets: [] })];
measure(`resolveClusters, ${EVENTS} claims on one device, seven mails for all`, () => resolveClusters(shared, []));

const mail = node("email", "one");
const contested = Array.from({ length: EVENTS }, (_, index) =>
	claimEvent(index, mail, index % 2 ? [mail] : [mail, node("userId", `user-${index % 4}`)]),
);
const chain = [cutTimeline({ key: mail, devices: [], lights: contested, resets: [] })];
measure(`resolveClusters, ${EVENTS} claims on one contested mail`, () => resolveClusters(chain, []));

const statements = Array.from({ length: EVENTS }, (_, index) => ({
	kind: "alias" as const,
	at: { t: index, m: `message-${index}`, s: "none=0" },
	trust: "server" as const,
	a: node("userId", `user-${index}`),
	b: node("userId", `user-${index - (index % 50)}`),
}));
measure(`foldRegisters and resolveClusters, ${EVENTS} aliases`, () => resolveClusters([], foldRegisters(statements)));
