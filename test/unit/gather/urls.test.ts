import { urlFacts } from "../../../gateway/gather/urls.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { toolCall } from "../../support/builders.ts";
import { slowdown } from "../../support/slowdown.ts";

const found = (args: unknown) => urlFacts(toolCall({ arguments: args as JsonObject }));
const hosts = (args: unknown) => found(args).map(({ host }) => host);

test.each([
  ["https://evil.example/x", "evil.example", null],
  ["HTTPS://EVIL.example:8443/x", "evil.example", null],
  ["https://user@evil.example/", "evil.example", null],
  ["https://status.partner.example@evil.example/", "evil.example", null],
  ["https://status.partner.example\\@evil.example/", "status.partner.example", null],
  ["http://127.1/", "127.0.0.1", "loopback"],
  ["http://0x7f000001/", "127.0.0.1", "loopback"],
  ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1", "loopback"],
  ["http://169.254.169.254/latest/meta-data", "169.254.169.254", "linkLocal"],
  ["http://10.0.0.8/", "10.0.0.8", "private"],
  ["https:/evil.example/x", "evil.example", null],
  ["https:evil.example/x", "evil.example", null],
  ["https:\\\\evil.example", "evil.example", null],
  ["ftp://files.example/x", "files.example", null],
  ["https://xn--bcher-kva.example/", "xn--bcher-kva.example", null],
])("reads %s as the host %s", (text, host, ip_class) => {
  expect(found({ url: text })).toMatchObject([{ pointer: "/url", host, ip_class }]);
});

test.each([
  ["https://ok.example'@evil.example/", "evil.example"],
  ['https://ok.example"@evil.example/', "evil.example"],
  ["https://ok.example<x>@evil.example/", "evil.example"],
  ["https://ok.example\n.evil.example/", "ok.example.evil.example"],
  ["https://ok.example\t.evil.example/x", "ok.example.evil.example"],
  [" https://ok.\r\nevil.example", "ok.evil.example"],
])("reads %j, which a tool server takes for one URL, as the host %s too", (text, host) => {
  expect(new URL(text).hostname).toBe(host);
  expect(hosts({ url: text })).toContain(host);
});

test.each([
  ["https://a.example/x\nis a page", ["a.example"]],
  ["https://a.example\nis a page", ["a.example"]],
  ["note: <https://a.example/>", ["a.example"]],
  ['mailto:a@b.example "x"', []],
])("finds in the text %j no other host", (text, wanted) => {
  expect(hosts({ text })).toEqual(wanted);
});

test("finds every URL wherever it stands, with a pointer to it", () => {
  const urls = found({
    text: "see https://a.example and <https://b.example/x>",
    deep: [{ "k/ey": "https://c.example" }],
  });
  expect(urls.map(({ pointer, host }) => [pointer, host])).toEqual([
    ["/text", "a.example"],
    ["/text", "b.example"],
    ["/deep/0/k~1ey", "c.example"],
  ]);
});

test("keeps what looks like a URL but cannot be read as an entry that no allow-list names", () => {
  expect(hosts({ url: "https://[not-an-address/" })).toEqual([""]);
  expect(hosts({ url: "https://a b" })).toEqual(["a"]);
});

test("sums up what is beyond a hundred URLs by one entry that no allow-list names", () => {
  const found = hosts(Array.from({ length: 150 }, (_, n) => `https://h${n}.example`));
  expect(found.length).toBe(101);
  expect(found.at(-1)).toBe("");
});

test.each([
  ["https://good.example/)![](https://evil.example/?q=1)", ["good.example", "evil.example"]],
  ["https://good.example/,https://evil.example/", ["good.example", "evil.example"]],
  ["https://good.example/?next=https:evil.example", ["good.example", "evil.example"]],
  ["https://good.example/;ws://10.0.0.8/;ftp://evil.example", ["good.example", "10.0.0.8", "evil.example"]],
])("does not overlook what stands behind another URL in %s", (text, wanted) => {
  expect(hosts({ text })).toEqual(wanted);
});

test("does not overlook a URL that is a key", () => {
  expect(found({ links: { "https://evil.example/x": "read this" } })).toMatchObject([
    { pointer: "/links/https:~1~1evil.example~1x", host: "evil.example" },
  ]);
});

const TIMES = 16;

test.each<readonly [string, (size: number) => string, number]>([
  ["beginnings", (size) => "https:".repeat(size / 5), 101],
  ["letters before a colon", (size) => `${"a".repeat(size)}:`, 0],
  ["letters, dots and colons", (size) => "a.".repeat(size / 3) + ":a.".repeat(size / 10), 0],
  ["a scheme", (size) => `${"a".repeat(size)}://x`, 1],
])("takes time that grows with the length for a megabyte of %s", async (_what, make, count) => {
  const [small, large] = [make(1_000_000 / TIMES), make(1_000_000)];
  expect(hosts({ text: large })).toHaveLength(count);
  const many = () => Array.from({ length: TIMES }, () => hosts({ text: small }));
  // As many characters in one piece as in sixteen: quadratic time would make the one sixteen times slower.
  expect(await slowdown(() => hosts({ text: large }), many, 6)).toBeLessThan(6);
});

test.each([
  "x-https:evil.example",
  "..https:evil.example",
  "1https://evil.example",
  "(HTTPS:/evil.example)",
  "a:b:https:evil.example",
])("finds where a URL begins in %s", (text) => {
  expect(hosts({ text }).map((host) => host.replace(")", ""))).toContain("evil.example");
});

test("looks for none where the reading has found none, and trusts no reading of other arguments", () => {
  const args = { url: "https://evil.example/x" };
  const lookedFor = (value: JsonObject, noUrl: boolean) =>
    urlFacts(toolCall({ arguments: args, argumentsRead: { value, bytes: null, noUrl } }));
  expect(lookedFor({ ...args }, true)).toHaveLength(1);
  expect(lookedFor(args, false)).toHaveLength(1);
  expect(lookedFor(args, true)).toEqual([]);
});
