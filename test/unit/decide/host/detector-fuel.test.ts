import { detectionsIn } from "../../../../gateway/domain/detections.ts";
import { detectorFuel, detectsAll, detectsOf } from "../../../../gateway/decide/host/detector-fuel.ts";
import type { InputDocument } from "../../../../gateway/domain/policy-input.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const documentOf = (context: JsonObject): InputDocument => ({ context }) as unknown as InputDocument;
const ofArguments = { arguments: true, result: false };
const fuelOf = (args: JsonObject): number => detectorFuel(documentOf({ arguments: args }), ofArguments);

test("says of a tree of reads which findings are read", () => {
  expect(detectsOf({ context: { arguments: true } })).toEqual({ arguments: false, result: false });
  expect(detectsOf({ context: { detected: true } })).toEqual({ arguments: true, result: false });
  expect(detectsOf({ context: { result: { detected: {} } } })).toEqual({ arguments: false, result: true });
  for (const all of [true, { context: true }] as const) expect(detectsOf(all)).toEqual(detectsAll);
});

test("costs in proportion to the texts, names and numbers, wherever they stand, and more for digits", () => {
  const [one, two] = [fuelOf({ a: "x".repeat(1_000) }), fuelOf({ a: "x".repeat(2_000) })];
  expect(two - one).toBe(1_000 * 4);
  expect(fuelOf({ a: "7".repeat(1_000) }) - one).toBe(1_000 * 6);
  expect(fuelOf({ a: ["x".repeat(1_000), 123_456, null, true] })).toBe(one + 20 + 60 + 6 * 10);
  expect(fuelOf({ a: { b: "" } }) - fuelOf({ a: {} })).toBe(2 * 80 + 4);
  expect(fuelOf({})).toBe(0);
});

test("costs little for a number that is too short, and for what is there again under the same name", () => {
  expect(fuelOf({ a: [5, 12_345] }) - fuelOf({ a: [] })).toBe(2 * 20);
  const again = fuelOf({ a: ["text", "text"] });
  expect(again - fuelOf({ a: ["text"] })).toBe(20);
  expect(fuelOf({ a: "text", b: "text" }) - fuelOf({ a: "text" })).toBe(2 * 80 + 4 + 4 * 4);
  const record = (id: number) => ({ id, name: `Customer ${id}`, status: "open", total: 12.5, paid: true });
  const records = { rows: Array.from({ length: 3_000 }, (_, id) => record(id)) };
  expect(JSON.stringify(records).length).toBeGreaterThan(200_000);
  expect(fuelOf(records)).toBeLessThan(1_500_000);
});

test("has the price of what detectors look at, each time that they look", () => {
  const content = {
    rows: [
      { id: 123_456, note: "call 12", tags: ["a", "a"] },
      { id: 123_456, note: "call 12", size: 1.5, tags: [] },
    ],
    "call 12": "call 12",
  };
  const looked: string[] = [];
  detectionsIn(content, (text) => (looked.push(text), []));
  const digits = (text: string): number => text.replaceAll(/\D/g, "").length;
  const price = looked.reduce((sum, text) => sum + 60 + 4 * text.length + 6 * digits(text), 0);
  // Nine names of members, and eight texts and numbers.
  expect([looked.length, fuelOf(content)]).toEqual([10, price + 17 * 20]);
});

test("costs nothing that nobody reads", () => {
  const document = documentOf({ arguments: { a: "x" }, result: { content: "y", content_omitted: false, bytes: 1 } });
  expect(detectorFuel(document, { arguments: false, result: false })).toBe(0);
  const all = detectorFuel(document, detectsAll);
  expect(detectorFuel(document, ofArguments) + detectorFuel(document, { arguments: false, result: true })).toBe(all);
});

test("costs for a result that policy does not see what texts of usual length would", () => {
  const result = (fact: JsonObject): number =>
    detectorFuel(documentOf({ result: fact }), { arguments: false, result: true });
  const text = (at: number): string => `${String(at).padStart(25, "0")}${"x".repeat(75)}`;
  const content = Array.from({ length: 100 }, (_, at) => text(at));
  const seen = result({ content, content_omitted: false, bytes: 10_300 });
  expect(result({ content: null, content_omitted: true, bytes: 10_000 })).toBe(seen);
  expect(result({ content: null, content_omitted: true, bytes: 256 * 1024 })).toBeLessThan(2_000_000);
});

test("costs nothing of what is no call", () => {
  for (const document of [{}, { context: null }, { context: [] }, { context: {} }, { context: { result: null } }])
    expect(detectorFuel(document as unknown as InputDocument, detectsAll)).toBe(0);
});
