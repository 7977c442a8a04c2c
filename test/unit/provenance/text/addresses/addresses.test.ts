import type { Address } from "../../../../../gateway/provenance/text/addresses/address.ts";
import { addressesIn, wholeAddress } from "../../../../../gateway/provenance/text/addresses/addresses.ts";
import { digestKey } from "../../../../../gateway/provenance/text/digest.ts";
import { Words } from "../../../../../gateway/provenance/text/words/words.ts";

const words = new Words(digestKey(new Uint8Array(16)));

function found(text: string): readonly Address[] {
  words.read(text);
  return addressesIn(words);
}

function normal(text: string): string[] {
  return found(text).map((address) => `${address.kind} ${address.normal}`);
}

function whole(text: string): string | null {
  words.read(text);
  return wholeAddress(words, addressesIn(words))?.normal ?? null;
}

test.each([
  ["Write to Ada.Byron@Example.COM, please", "ada.byron@example.com"],
  ["(a+b@sub.example.org)", "a+b@sub.example.org"],
  ["<mailto:x_y@ex-ample.example>.", "x_y@ex-ample.example"],
  ["a@ｅｘａｍｐｌｅ．example", "a@example.example"],
  ["a\u200b@exa\u200bmple.example", "a@example.example"],
  ["jörg@bücher.example", "jörg@xn--bcher-kva.example"],
  ["x=a@b.example&y", "a@b.example"],
  ['write to "ann.b"@b.example now', "ann.b@b.example"],
  ['"ann b"@b.example', '"ann b"@b.example'],
  ["a@evil\u3002example", "a@evil.example"],
])("finds the mail address in %j", (text, address) => {
  expect(normal(text)).toContain(`email ${address}`);
});

test.each(["@example.example", "a@", "a@localhost", "a@1.2.3.4", "ssh://user@host"])(
  "finds no mail address in %j",
  (text) => {
    expect(found(text).filter(({ kind }) => kind === "email")).toEqual([]);
  },
);

test.each([
  ["https://www.Example.com/Path/?a=1#part.", "example.com/path/?a=1"],
  ["see http://user:secret@evil.example:8080/x).", "evil.example:8080/x"],
  ["https://good.example@evil.example/", "evil.example"],
  ["(https://a.example/b_(c))", "a.example/b_(c)"],
  ["go to docs.example.com/setup, then", "docs.example.com/setup"],
  ["example.com", "example.com"],
  ["'evil.unusual'", "evil.unusual"],
  ["see evil.unusual/x", "evil.unusual/x"],
  ["import evil.ma and send it", "evil.ma"],
  ["import evil.com", "evil.com"],
  ["from evil.ma", "evil.ma"],
  ["https://a.example:443", "a.example"],
  ["https://a.example/%61b", "a.example/ab"],
  ["https://bücher.example/x", "xn--bcher-kva.example/x"],
  ["//evil.example/x", "evil.example/x"],
  ["\\\\evil.example\\share", "evil.example"],
  ["ftp://10.0.0.1/x", "10.0.0.1/x"],
  ["https://[::1]:8443/x", "[::1]:8443/x"],
  ["https:/evil.example/x", "evil.example/x"],
  ["https:///evil.example/x", "evil.example/x"],
  ["HTTPS:\\/evil.example/x", "evil.example/x"],
  ["https:\\/\\/evil.example", "evil.example"],
  ["https://evil\u3002example/x", "evil.example/x"],
])("finds the URL in %j", (text, url) => {
  expect(normal(text)).toEqual([`url ${url}`]);
});

test.each([
  "sum of line.price * item.quantity",
  "foo(user.id)",
  "orderItem.example x",
  "notes.md",
  "v1.2.3",
  "e.g. this",
  "src/a.b/c.ts",
  "3.14",
  "a..b",
  "https:///x",
  "etc. And",
  "//",
  "import numpy.ma as ma",
  "import os\nimport numpy.ma\nfrom numpy.ma import masked",
])("finds no URL in %j", (text) => {
  expect(found(text)).toEqual([]);
});

test.each([
  ["DE37 3704 0044 0532 0135 48", "de37370400440532013548"],
  ["DE37370400440532013548", "de37370400440532013548"],
  ["de37-3704-0044-0532-0135-48", "de37370400440532013548"],
  ["D E 1 0  3 7 0 4  0 0 4 4  0 5 3 2  0 1 5 8  7 7", "de10370400440532015877"],
  ["F R 1 4   2 0 0 4   1 0 1 0   0 5 0 5   0 0 0 1   3 M 0 2   6 0 6", "fr1420041010050500013m02606"],
  ["pay on BE68 5390 0754 7034, please", "be68539007547034"],
  ["+49 171 1234567", "491711234567"],
  ["account 12-345-678", "12345678"],
  ["call 01632 960 240 (24 to 26 Joost)", "01632960240"],
  ["4111 1111 1111 1111", "4111111111111111"],
])("finds the account in %j", (text, account) => {
  expect(normal(text)).toContain(`account ${account}`);
});

test.each(["12345678 2026-03-29", "1234 2026-03-29 5678"])("reads %j as an account of all of its digits", (text) => {
  expect(normal(text)).toContain(`account ${text.replace(/\D/g, "")}`);
});

test("takes no time after an account for a part of it", () => {
  expect(normal("12345678 2026-03-29T02:00:00Z")).toEqual(["account 12345678"]);
});

test("finds no account in a code", () => {
  expect(found("CVE-2025-22150123 is fixed")).toEqual([]);
});

test.each(["2026-05-04", "20260504", "2026-05-04T08:00:00Z", "12.05.2026", "1234567", "DE38 3704 0044 0532 0135 48 x"])(
  "finds no account in %j",
  (text) => {
    expect(normal(text).filter((one) => one.startsWith("account de") || /^account 20/.test(one))).toEqual([]);
  },
);

test.each([
  "2026-05-19 12:00",
  "on 2026-05-19 12:00, in hall 4",
  "2026-05-19 9",
  "2026-05-19 2026-05-20",
  "19-05-2026 08:15:30",
  "23 2026-03-29T02:00:00+02:00",
])("takes the dates and hours in %j for no account", (text) => {
  expect(found(text)).toEqual([]);
});

test("finds an account that stands beside a date or only looks like one", () => {
  expect(normal("2026-05-19 12345678")).toContain("account 12345678");
  expect(normal("2026-05-19 123")).toContain("account 20260519123");
  expect(normal("2026-55-19 12")).toContain("account 2026551912");
});

test.each([
  [" 'a@b.example' ", "a@b.example"],
  ["mailto:a@b.example", "a@b.example"],
  ["<a@b.example>,", "a@b.example"],
  ["+49 171 1234567", "491711234567"],
  ["IBAN: DE37 3704 0044 0532 0135 48", "de37370400440532013548"],
  ["https://a.example/x", "a.example/x"],
  ["a@b.example, c@d.example", null],
  ["to a@b.example", null],
  ["hello", null],
])("takes %j for the address %j and nothing else", (text, address) => {
  expect(whole(text)).toBe(address);
});

/** The fastest of several times. */
function fastestMs(text: string): number {
  const times = Array.from({ length: 8 }, (_, at) => {
    words.read(`${text}${at}`);
    const started = performance.now();
    addressesIn(words);
    return performance.now() - started;
  });
  return Math.min(...times);
}

test("searches a text of nothing but beginnings of URLs about as fast as one of URLs", () => {
  const usual = fastestMs("https://shop.example/a/b ".repeat(640));
  for (const part of ["https:/a/", "https:/a.b/", "https:///a.b/", "https:\\\\a.b/", "//a/", "https:/"])
    expect([part, fastestMs(part.repeat(16_000 / part.length)) < 8 * usual + 1]).toEqual([part, true]);
});
