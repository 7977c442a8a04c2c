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

test("costs in proportion to the texts, names and numbers, wherever they stand", () => {
  const [one, two] = [fuelOf({ a: "x".repeat(1_000) }), fuelOf({ a: "x".repeat(2_000) })];
  expect(two - one).toBe(1_000 * 15);
  expect(fuelOf({ a: ["x".repeat(1_000), 5, null, true] })).toBe(one + 400);
  expect(fuelOf({ a: { b: "" } }) - fuelOf({ a: {} })).toBe(2 * 400 + 15);
  expect(fuelOf({})).toBe(0);
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
  const seen = result({
    content: Array.from({ length: 100 }, () => "x".repeat(16)),
    content_omitted: false,
    bytes: 1_900,
  });
  expect(result({ content: null, content_omitted: true, bytes: 1_600 })).toBe(seen);
});

test("costs nothing of what is no call", () => {
  for (const document of [{}, { context: {} }, { context: { result: null } }])
    expect(detectorFuel(document as unknown as InputDocument, detectsAll)).toBe(0);
});
