import { repeatsOf } from "../../../../../gateway/provenance/learn/result/repeats.ts";
import { rememberResult } from "../../../../../gateway/provenance/learn/remember.ts";
import { ResultReader } from "../../../../../gateway/provenance/learn/result/result-reader.ts";
import { ArgumentReader } from "../../../../../gateway/provenance/learn/argument-reader.ts";
import { SessionMemory } from "../../../../../gateway/provenance/memory/session-memory.ts";
import { Digester, digestKey } from "../../../../../gateway/provenance/text/digest.ts";
import { Found } from "../../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../../gateway/provenance/text/reader.ts";
import type { JsonObject, JsonValue } from "../../../../../gateway/lib/json.ts";
import { ofPrivate, trusted, untrusted } from "../../../../support/provenance.ts";

const digester = new Digester(digestKey(new Uint8Array(16)));
const found = new Found(digester);
const [results, said] = [
  new ResultReader(new TextReader(digester, found)),
  new ArgumentReader(new TextReader(digester, found)),
];
const nobody = () => ({ inside: [], names: new Set<string>() });
const longLine = "word ".repeat(20);

function read(content: JsonValue, returns = trusted, call: JsonObject = {}) {
  return results.read(content, { returns, arguments: call, caller: null, people: nobody });
}

test("takes a result that is marked so, and one of an unknown tool, for untrusted", () => {
  expect(read({ a: "x" }, untrusted)).toMatchObject({ isUntrusted: true, hasUntrusted: true });
  expect(results.read({ a: "x" }, { returns: null, arguments: {}, caller: null, people: nobody })).toMatchObject({
    isUntrusted: true,
  });
  expect(read({ a: "x" })).toMatchObject({ isUntrusted: false, hasUntrusted: false });
});

test("finds nothing untrusted where there are trusted fields only, or no text at all", () => {
  const returns = { ...untrusted, trusted_fields: ["id", "members"] };
  for (const content of [{ id: "m-1", members: [{ name: "Ada" }] }, { messages: [] }, "", { ok: true, x: null }])
    expect(read(content, returns)).toMatchObject({ isUntrusted: true, hasUntrusted: false });
  expect(read({ id: "m-1", body: "x" }, returns).hasUntrusted).toBe(true);
});

test("takes free text of a tool that is not marked for untrusted, unless it is the service's own", () => {
  expect(read({ note: longLine }).hasUntrusted).toBe(true);
  expect(read({ note: longLine }, { ...trusted, own_text: true }).hasUntrusted).toBe(false);
  expect(read({ note: longLine }, { ...trusted, trusted_fields: ["note"] }).hasUntrusted).toBe(false);
});

test("takes text that only repeats the call's own arguments for no free text", () => {
  const call = { body: longLine.trim(), title: "x" };
  expect(read({ note: longLine }, trusted, call).isUntrusted).toBe(false);
  expect(read({ note: `Saved: ${longLine}` }, trusted, call).isUntrusted).toBe(false);
  expect(read({ note: `${longLine} and ${"more ".repeat(20)}` }, trusted, call).isUntrusted).toBe(true);
});

test("reads the blocks of an MCP result, a text of JSON in them as JSON", () => {
  const returns = { ...untrusted, trusted_fields: ["id"] };
  const text = JSON.stringify({ id: "m-1" });
  expect(read({ content: [{ type: "text", text }], isError: false }, returns).hasUntrusted).toBe(false);
  expect(read({ content: [{ type: "text", text: "id: m-1" }] }, returns).hasUntrusted).toBe(true);
  const resource = { type: "resource", resource: { uri: "x:1", text: longLine } };
  expect(read({ content: [resource] }).isUntrusted).toBe(true);
  // A text in a member of the result is a third party's, whatever it looks like.
  expect(read({ body: text }, returns).hasUntrusted).toBe(true);
});

test("says that it has not looked at what is too deep", () => {
  let deep: JsonValue = "x";
  for (let level = 0; level < 100; level += 1) deep = { deep };
  expect(read(deep)).toMatchObject({ isCut: true });
});

test("remembers an echo of what was said as nothing", () => {
  const memory = SessionMemory.empty(digester.key.check);
  const count = () => memory.granted.count;
  said.read({ to: "eve@evil.example" });
  for (let at = 0; at < found.count; at += 1) memory.addCallDigest(found.hi[at]!, found.lo[at]!);
  read({ saved: "eve@evil.example" }, { ...ofPrivate, trusted_fields: ["saved"] });
  const kind = { isUntrusted: false, isPrivate: true, mutated: true, led: false, isEcho: () => false };
  rememberResult(memory, found, { ...kind, event: 1 });
  // The name of the member alone.
  expect(count()).toBe(1);
  read({ saved: "ada@x.example" });
  rememberResult(memory, found, { ...kind, event: 1 });
  expect(count()).toBeGreaterThan(1);
});

test("says what of a call it has not looked at", () => {
  expect(said.read({ a: ["x", 1, null, { "b c": true }] })).toBe(false);
  expect(said.read({ a: "x".repeat(70_000) })).toBe(true);
});

test("knows an argument by its text, also of a number", () => {
  const repeats = repeatsOf({ a: " x ", b: [17, { c: "deep" }] });
  expect(["x", "17", "deep", "y"].map((text) => repeats.isWhole(text))).toEqual([true, true, true, false]);
});

test("finds a short text that a list repeats once, and again under a name of another kind", () => {
  const states = (count: number) => Array.from({ length: count }, () => ({ state: "in transit" }));
  read(states(1));
  const { count } = found;
  read(states(2_000));
  expect([found.count, found.isCut]).toEqual([count, false]);
  read([...states(2), { id: "in transit" }]);
  expect(found.count).toBeGreaterThan(count + 1);
});
