import { applyEdits } from "jsonc-parser";
import type { JsonEntry } from "../../../../../gateway/cli/connect/edits.ts";
import { putIntoJson, readJson, takeOutOfJson } from "../../../../../gateway/cli/connect/files/json-file.ts";
import { insertion, removal } from "../../../../../gateway/cli/connect/files/json-text.ts";

const set = (path: string, value: JsonEntry["value"]): JsonEntry => ({ kind: "set", path: path.split("."), value });
const append = (path: string, value: JsonEntry["value"]): JsonEntry => ({ ...set(path, value), kind: "append" });
const put = (text: string, ...entries: JsonEntry[]) => putIntoJson(text, { format: "json", path: "f.json", entries });

const url = { url: "https://gw.example/mcp/crm" };

describe("an entry of a JSON file", () => {
  it.each([
    ["", '{\n  "a": {\n    "crm": 1\n  }\n}\n'],
    ["{}", '{\n  "a": {\n    "crm": 1\n  }\n}'],
    ['{ "b": 1 }\n', '{ "b": 1,\n  "a": {\n    "crm": 1\n  } }\n'],
    ['{\n    "b": 1\n}\n', '{\n    "b": 1,\n    "a": {\n        "crm": 1\n    }\n}\n'],
    ['{\n\t"b": 1, // why\n}\n', '{\n\t"b": 1, // why\n\t"a": {\n\t\t"crm": 1\n\t}\n}\n'],
    [
      '{\n  "a": {\n    "x": 1 // one\n  } // two\n}\n',
      '{\n  "a": {\n    "x": 1, // one\n    "crm": 1\n  } // two\n}\n',
    ],
    ['{\r\n  "a": {}\r\n}\r\n', '{\r\n  "a": {\r\n    "crm": 1\r\n  }\r\n}\r\n'],
    ['{\n  "a": {\n    // none yet\n  }\n}\n', '{\n  "a": {\n    // none yet\n    "crm": 1\n  }\n}\n'],
  ])("goes into %j and changes no other byte", (before, after) => {
    expect(put(before, set("a.crm", 1)).text).toBe(after);
  });

  it("becomes the last item of a list, which is made where there is none", () => {
    const hook = { command: "x" };
    expect(put("{}\n", append("hooks.pre", hook)).text).toBe(
      '{\n  "hooks": {\n    "pre": [\n      {\n        "command": "x"\n      }\n    ]\n  }\n}\n',
    );
    const others = '{\n  "hooks": {\n    "pre": [\n      { "command": "mine" }\n    ]\n  }\n}\n';
    const { text, entries } = put(others, append("hooks.pre", hook));
    expect(readJson(text, "f")).toEqual({ hooks: { pre: [{ command: "mine" }, hook] } });
    expect(text).toContain('      { "command": "mine" },\n      {\n        "command": "x"\n      }\n    ]');
    expect(takeOutOfJson(text, entries, "f")).toEqual({ text: others, left: [] });
  });

  it("that is there with the same value stays, and is not ours to take out", () => {
    const before = JSON.stringify({ a: { crm: url }, list: [1] });
    const { text, entries } = put(before, set("a.crm", { ...url }), append("list", 1));
    expect([text, entries]).toEqual([before, []]);
  });

  it("goes with the containers that were made for it, and with no other", () => {
    const before = '{\n  // mine\n  "b": {}\n}\n';
    const { text, entries } = put(before, set("a.x.crm", 1), set("a.x.git", 2), set("b.crm", 3));
    expect(readJson(text, "f")).toEqual({ b: { crm: 3 }, a: { x: { crm: 1, git: 2 } } });
    const undone = takeOutOfJson(text, entries, "f");
    expect(readJson(undone.text, "f")).toEqual({ b: {} });
    expect(undone.text).toContain("// mine");
  });

  it("that somebody has changed since stays, and is told", () => {
    const { text, entries } = put("{}", set("a.crm", url), append("h", 1));
    const edited = text.replace("mcp/crm", "mcp/mine");
    const { text: after, left } = takeOutOfJson(edited, entries, "f");
    expect(readJson(after, "f")).toEqual({ a: { crm: { url: "https://gw.example/mcp/mine" } } });
    expect(left.map(({ path }) => path)).toEqual([["a", "crm"]]);
  });
});

describe("a JSON file is left alone", () => {
  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', "f.json:3:3 is not valid JSON"],
    ["{", "f.json:1:2 is not valid JSON"],
    ["[]", "f.json holds no JSON object"],
    ['{ "a": 1 } x', "is not valid JSON"],
  ])("that cannot be read: %j", (text, message) => {
    expect(() => put(text, set("a.crm", 1))).toThrow(message);
    expect(() => put(text, set("a.crm", 1))).toThrow("othing was changed");
  });

  it.each([
    ['{ "a": { "crm": { "url": "https://other.example" } } }', "f.json: a.crm has another value already"],
    ['{ "a": [] }', "f.json: a is no object"],
    ['{ "a": null }', "f.json: a is no object"],
  ])("where something else has the place: %j", (text, message) => {
    expect(() => put(text, set("a.crm", url))).toThrow(message);
  });

  it("where no list is, or a key stands twice", () => {
    expect(() => put('{ "h": {} }', append("h", 1))).toThrow("h is no list");
    const twice = '{ "a": { "x": 1 }, "a": {} }';
    expect(() => put(twice, set("a.crm", 1))).toThrow(/a\.crm cannot be set|another value/);
  });
});

it.each([
  ['{"a":{"b":[1,2]}}', '{"a":{"b":[1]}}'],
  ['{"a":{"b":[2]}}', '{"a":{"b":[]}}'],
  ['{"a":{"b":[2,1]}}', '{"a":{"b":[1]}}'],
  ['{"a":{"b":[1,2,]}}', '{"a":{"b":[1,]}}'],
  ['{"a":{"b":[\n  1, // one\n  2 // two\n]}}', '{"a":{"b":[\n  1 // one // two\n]}}'],
  ['{"a":{"b":[\n  1, // one\n  2 ]}}', '{"a":{"b":[\n  1 // one\n   ]}}'],
])("an item is taken out of %j", (before, after) => {
  const { b } = (readJson(before, "f") as { a: { b: number[] } }).a;
  const text = applyEdits(before, removal(before, ["a", "b", b.indexOf(2)]));
  expect(readJson(text, "f")).toEqual({ a: { b: b.filter((one) => one !== 2) } });
  expect(text).toBe(after);
});

it("never makes a text that is no JSON", () => {
  for (const text of ["{}", '{"a":{}}', '{"a":{"b":[]}}', '{"a":{"b":[1,]},}', '{"a":{"b":[1 /* x */]}} // y'])
    for (const isItem of [true, false]) {
      const path = isItem ? ["a", "b"] : ["a", "c"];
      const after = applyEdits(text, insertion(text, path, { d: [1] }, isItem));
      expect(readJson(after, "f")).toMatchObject({ a: {} });
    }
});
