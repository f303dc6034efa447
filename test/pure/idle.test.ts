/** Who is forgotten together, and who is kept by whom. */
import { describe, expect, it } from "vitest";
import { findForgotten } from "../../collector/identity/index.ts";

const stream = (name: string, isIdle: boolean, ...nodes: string[]) => ({
	stream: name,
	isIdle,
	nodes: [name, ...nodes],
});
const gone = (streams: ReturnType<typeof stream>[], shared: string[] = []) =>
	findForgotten(streams, new Set(shared))
		.map((group) => group.sort())
		.sort();

describe("whoever hangs together", () => {
	it("is forgotten when all of it is idle, each group for itself", () => {
		const streams = [
			stream("anonymousId=a", true, "userId=u"),
			stream("userId=u", true, "email=e"),
			stream("anonymousId=b", true, "userId=v"),
		];
		expect(gone(streams)).toEqual([["anonymousId=a", "userId=u"], ["anonymousId=b"]]);
	});

	it("is kept by one stream that is heard of, over any number of steps", () => {
		const streams = [
			stream("anonymousId=a", true, "userId=u"),
			stream("email=e", true, "userId=u", "phone=p"),
			stream("anonymousId=b", false, "phone=p"),
			stream("anonymousId=c", true, "userId=w"),
		];
		expect(gone(streams)).toEqual([["anonymousId=c"]]);
	});

	it("is not tied by a shared identifier, nor by the stream of one", () => {
		const streams = [
			stream("anonymousId=a", true, "userId=u", "phone=hotline"),
			stream("phone=hotline", false),
			stream("anonymousId=b", false, "userId=v", "phone=hotline"),
		];
		expect(gone(streams, ["phone=hotline"])).toEqual([["anonymousId=a"]]);
		expect(gone(streams)).toEqual([]);
	});

	it("does not depend on the order in which it is named", () => {
		const streams = [
			stream("anonymousId=a", true, "userId=u"),
			stream("anonymousId=b", true, "userId=u", "email=e"),
			stream("email=e", true),
			stream("anonymousId=d", false, "userId=x"),
		];
		expect(gone(streams.toReversed())).toEqual(gone(streams));
		expect(gone(streams)).toEqual([["anonymousId=a", "anonymousId=b", "email=e"]]);
	});
});
