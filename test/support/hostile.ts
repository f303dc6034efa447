/** Input that has broken programs, and what every answer to it must hold to. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { ERROR_CODES, type ErrorAnswer } from "../../sdk/wire.ts";

/** JSON texts that have broken programs. */
export const HOSTILE_JSON: string[] = [
	"null",
	"true",
	"-1",
	"-0",
	"1e308",
	"1e999",
	"-1e999",
	"9007199254740993",
	"0.1e-400",
	'""',
	'" "',
	'"\\u0000"',
	'"\\ud800"',
	'"\\udfff\\ud800"',
	'"a\\nb\\r\\nc\\td"',
	'"\\u202e\\u200b\\ufeff"',
	`"${"x".repeat(257)}"`,
	`"${"\u{1f4a9}".repeat(128)}"`,
	`"${"é".repeat(9000)}"`,
	'"\'; DROP TABLE log; --"',
	'"%\' OR 1=1 --"',
	"\"=cmd|' /C calc'!A1\"",
	'"+1+1"',
	'"@SUM(A1:A9)"',
	'"</script><script>alert(1)</script>"',
	'"0001-01-01T00:00:00Z"',
	'"9999-12-31T23:59:59.999Z"',
	'"+275760-09-13T00:00:00Z"',
	'"2026-02-30"',
	'"__proto__"',
	'"constructor"',
	'"hasOwnProperty"',
	"[]",
	"[null]",
	'[[[["x"]]]]',
	"[{}]",
	'[{"type": "email", "id": "e"}, {"type": "__proto__", "id": "e"}, {"type": "a\\nb", "id": "e"}]',
	"{}",
	'{"__proto__": {"isAdmin": true}}',
	'{"constructor": {"prototype": {"isAdmin": true}}}',
	'{"toString": 1, "valueOf": null, "hasOwnProperty": "x", "toJSON": "x"}',
	'{"": {"": {"": ""}}}',
	'{"email": ["a@b.cn"], "phone": {"a": 1}, "unionid": 7, "openid": "o", "openidAppId": "a\\nb"}',
	'{"email": "a@b.cn", "phone": "+8613911110000", "name": "=1+1"}',
	'{"url": "javascript:alert(1)", "path": 7, "title": [], "referrer": "http://[::1"}',
	'{"url": "https://x.example/%E0%A4%A?utm_source=%FF&utm_medium=\\ud800&gclid=1&gclid=2#%"}',
	'{"amount": 1e21, "currency": "CNY"}',
	'{"amount": 9007199254740991, "currency": "CNY", "kind": 3}',
	'{"metric": "nps", "value": 1e308, "min": -1e308, "max": 1e308}',
	'{"viewId": "v", "rev": 1e15, "engagedMs": 1e300, "visibleMs": -5, "scrollDepth": 99}',
	'{"tab": "t", "seq": 9007199254740991, "viewId": {}}',
	`{"deep": ${"[".repeat(40)}${"]".repeat(40)}}`,
	`{${Array.from({ length: 1500 }, (_, index) => `"p${index}": ${index}`).join()}}`,
];

/** Bodies that are no JSON object, or one of the wrong shape. */
export const HOSTILE_BODIES: [string, BodyInit][] = [
	...HOSTILE_JSON.map((json): [string, BodyInit] => [json.slice(0, 40), json]),
	["nothing", ""],
	["half an object", '{"batch": ['],
	["a million brackets", "[".repeat(500_000)],
	["deep objects", '{"a":'.repeat(80_000)],
	["deep and closed", `{"batch": [{"type": "page", "properties": ${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`],
	["bad UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
	["overlong UTF-8", new Uint8Array([0x22, 0xc0, 0x80, 0x22])],
	["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
	["broken gzip", new Uint8Array([0x1f, 0x8b, 0x08, 0x00, 1, 2, 3])],
	["a gzip bomb", gzipSync(Buffer.alloc(64 * 1024 * 1024))],
	["gzip in gzip", gzipSync(gzipSync('{"batch": []}'))],
	[
		"ten thousand properties",
		`{"batch": [{"type": "page", "anonymousId": "d", "properties": {${Array.from({ length: 10_000 }, (_, i) => `"p${i}":1`).join()}}}]}`,
	],
	["a batch of no events", `{"batch": [${Array(400).fill("7").join()}]}`],
	[
		"a hostile context",
		`{"batch": [{"type": "page", "anonymousId": "d"}], "context": {"__proto__": {"a": 1}, "page": 7, "traits": []}}`,
	],
	[
		"names of prototypes",
		`{"kind": "__proto__", "origins": {"length": 1}, "name": {}, "journey": {"__proto__": []}, "workspace": "__proto__"}`,
	],
	["a look-up of everything", `{"kind": "userId", "hash": "${"A".repeat(22)}"}`],
];

/** As they may stand in an address, escaped as they are. */
export const HOSTILE_TEXTS = [
	"",
	" ",
	"0",
	"-1",
	"1e999",
	"NaN",
	"Infinity",
	"9".repeat(400),
	"null",
	"undefined",
	"true",
	"%00",
	"%ff%fe",
	"%",
	"%E0%A4%A",
	"..%2f..%2fetc%2fpasswd",
	"'%20OR%201=1--",
	"%22;DROP%20TABLE%20log;--",
	"%3Cscript%3E",
	"0001-01-01",
	"9999-12-31T23:59:59.999Z",
	"275761-01-01",
	"2026-13-45",
	"__proto__",
	"constructor",
	"toString",
	"0:",
	"0:zzzz",
	"3:",
	"9999:x",
	"4:x",
	"-1:x",
	"0:%00",
	"a".repeat(4000),
	"%F0%9F%92%A9",
	"%0d%0aX-Evil:%201",
	"userId%3Dx",
	"anonymousId%3Dx",
	"[]",
	"{}",
	"1,2,3",
	"*",
];
/** An answer below 500, and if it is a refusal then with a documented code and nothing of our insides. */
export async function expectDocumented(response: Response, what: string): Promise<void> {
	const body = await response.text();
	expect(response.status, `${what}: ${body.slice(0, 300)}`).toBeLessThan(500);
	expect(response.headers.get("x-request-id"), what).toMatch(/^[0-9a-f-]{36}$/);
	expect(body, what).not.toMatch(/\n\s+at |collector\.mjs|SQLITE/);
	// A person who follows a dead link is told so on a page.
	const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
	if (response.status < 400 || isPage) return;
	const { error } = JSON.parse(body) as ErrorAnswer;
	expect(ERROR_CODES, what).toContain(error.code);
	expect(error.message, what).not.toBe("");
}
