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
  ["https://ok.example\n@evil.example/", "evil.example"],
  ["https://ok.example @evil.example/", "evil.example"],
  ["https://ok.example\n-evil.example/", "ok.example-evil.example"],
  ["https://ok.example\nevil.example?q=1", "ok.exampleevil.example"],
  ["https://ok.example\nevil.example://ok.example/", "ok.exampleevil.example"],
  ["https://ok.co\nm/x", "ok.com"],
  ["https://ok.example\n%2eevil.example/", "ok.example.evil.example"],
  ["https://ok.example\n\u3002evil.example/", "ok.example.evil.example"],
  ["https://ok.example\ufeff.evil.example/", "ok.example.evil.example"],
  ["https://ok.co\ufeffm", "ok.com"],
  ["https://ok.example\u00a0@evil.example/", "evil.example"],
  ["https://ok.example'.evil.example/", "ok.example'.evil.example"],
  ["h\nttps:evil.example", "evil.example"],
  ["http://10.0.0\n.8/x", "10.0.0.8"],
  ["http://28520391\n66/latest/meta-data/?a b", "169.254.169.254"],
  ["http://lo\ncalhost:8080", "localhost"],
  ["https://ok.co\nm/x?d=two words", "ok.com"],
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

test("reads a port behind a line end, as a tool server does", () => {
  expect(found({ url: "https://ok.example\n:8443/x" })).toContainEqual(expect.objectContaining({ port: 8443 }));
  expect(found({ url: "https://ok.example:\n8443/x" })).toContainEqual(expect.objectContaining({ port: 8443 }));
});

test.each([
  "https://a.example\nhttps://b.example",
  "https://a.example\nhttps://b.example/x\nhttps://c.example",
  "http://localhost:3000\nhttp://localhost:3001",
  "https://a.example\n\nThanks!",
  "https://a.example\n\nThanks",
  "https://a.example.\n\nThanks.",
  "https://a.example\n\nRegards,\nAna",
  "https://a.example\tActive\nhttps://b.example\tInactive",
  "https://a.example,200\nhttps://b.example,404",
  "https://a.example\n---\nfoo",
  "https://a.example\n/x",
  "https://a.example\nstatus/ok is fine",
  "https://a.example'",
  "'https://a.example','https://b.example'",
  "https://a.example','https://b.example",
  'https://a.example "x"',
  "default:\n//fallthrough",
])("finds in the everyday text %j no host that does not stand in it", (text) => {
  const named: readonly string[] = text.match(/(?:[abc]\.example|localhost)\.?(?:,\d+)?/g) ?? [];
  expect(hosts({ text }).filter((host) => !named.includes(host))).toEqual([]);
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
  const joined = hosts(Array.from({ length: 150 }, (_, n) => `a:\n//b\n.h${n}.example`));
  expect([joined.length, joined.at(-1)]).toEqual([101, ""]);
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
