/** Random histories on the real `workerd serve`, killed while they are sent and folded. `npm run sim:workerd` plays many more. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = join(import.meta.dirname, "..", "simulator", "workerd.ts");
/** Fixed, so that a failure here is one for everybody. */
const ARGUMENTS = ["--histories", "20", "--kills", "3", "--seed", "7"];

it("shows what the rules say of all that was answered 200, and holds nobody who is to be forgotten, after kills", async () => {
	const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...ARGUMENTS]);
	expect(stdout).toMatch(/all right: 20 histories, \d{3,} events answered for, [1-9]\d* of them forgotten, 1\d kills/);
});
