/**
 * The built dashboard in Chromium, against the real collector with the demo's data: what it shows equals
 * what the contract answers, also when nothing comes, the key is wrong or the network is away. One
 * collector and one browser for all of it.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { closeScene, faults, newPage, openScene } from "./dashboard/scene.ts";
import "./dashboard/door.ts";
import "./dashboard/person.ts";
import "./dashboard/numbers.ts";
import "./dashboard/figures.ts";
import "./dashboard/planted.ts";
import "./dashboard/faults.ts";
import "./dashboard/setup.ts";
import "./dashboard/address.ts";
import "./dashboard/manners.ts";

beforeAll(openScene);
afterAll(closeScene);
beforeEach(newPage);
afterEach(() => expect(faults).toEqual([]));
