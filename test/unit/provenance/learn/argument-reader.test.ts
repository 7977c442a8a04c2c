import { callText } from "../../../../gateway/provenance/learn/call-text.ts";
import { callMarks, ArgumentReader } from "../../../../gateway/provenance/learn/argument-reader.ts";
import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { Found, foundAs } from "../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../gateway/provenance/text/reader.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const found = new Found(new Digester(digestKey(Buffer.alloc(32, 7))));
const reader = new ArgumentReader(new TextReader(new Digester(digestKey(Buffer.alloc(32, 7))), found));

/** Whether each address of a call stands within a text. */
function withinText(of: JsonObject): boolean[] {
  reader.read(of);
  return Array.from({ length: found.count }, (_, at) => at)
    .filter((at) => found.as[at] === foundAs.address)
    .map((at) => found.marks[at] === callMarks.withinText);
}

test("tells an address within a text from one that is the value, or one of a list of them", () => {
  const lists = ["ann@x.example", "Ann <ann@x.example>", "ann@x.example, bob@x.example", '["ann@x.example"]'];
  for (const to of lists) expect([to, withinText({ to })]).toEqual([to, withinText({ to }).map(() => false)]);
  for (const body of ["write to ann@x.example", "ann@x.example is right", "Ann <ann@x.example>, our clerk"])
    expect([body, withinText({ body })]).toEqual([body, [true]]);
  expect(withinText({ to: "ann@x.example", body: "as ann@x.example said" })).toEqual([false, true]);
});

test("says that something was not looked at", () => {
  expect(reader.read({ text: "x ".repeat(40_000) })).toBe(true);
  expect(reader.read({ text: "x ".repeat(40) })).toBe(false);
});

test("reads texts that a list repeats once, and what stands between and after them", () => {
  const records = Array.from({ length: 700 }, (_, at) => ({ state: "open", tag: "parcel", to: `ann${at}@x.example` }));
  expect(reader.read({ records })).toBe(false);
  const addresses = Array.from({ length: found.count }, (_, at) => at).filter((at) => found.as[at] === foundAs.address);
  expect(addresses).toHaveLength(700);
  // The same again: nothing of one call is known in the next.
  const count = found.count;
  reader.read({ records });
  expect(found.count).toBe(count);
});

test("reads nothing beyond the last value that is looked at, and says so", () => {
  expect(reader.read({ list: Array.from({ length: 5_000 }, (_, at) => at), more: "ann@x.example" })).toBe(true);
  expect(found.hasAddress(0)).toBe(false);
});

test("writes calls as the same text when only the order of members differs", () => {
  const text = callText("mail/send", { to: ["a", "b"], more: { x: 1, y: null } });
  expect(callText("mail/send", { more: { y: null, x: 1 }, to: ["a", "b"] })).toBe(text);
  const others: JsonObject[] = [
    { to: ["b", "a"], more: { x: 1, y: null } },
    { to: ["a", "b"], more: { x: "1", y: null } },
    { to: ["a"], more: { x: 1, y: null } },
    { to: ["a", "b"], more: { x: 1 } },
    { to: ['a","b'], more: { x: 1, y: null } },
  ];
  for (const other of others) expect(callText("mail/send", other)).not.toBe(text);
  expect(callText("mail/sent", { to: ["a", "b"], more: { x: 1, y: null } })).not.toBe(text);
});

test("writes no text of a call that is too long to be compared", () => {
  expect(callText("mail/send", { body: "x".repeat(70_000) })).toBeNull();
});
