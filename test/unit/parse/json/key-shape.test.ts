import fc from "fast-check";
import { foldKey } from "../../../../gateway/lib/look-alike.ts";
import { KeyShape, KeyShapes } from "../../../../gateway/parse/json/key-shape.ts";
import { KeyTable } from "../../../../gateway/parse/json/key-table.ts";
import { readJson } from "../../../../gateway/parse/json/read-json.ts";
import { codeOf } from "../../../support/parser.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 100_000 };

/** As it is written, and what it means. Several mean the same, or are alike. */
const keys = ["a", "b", "A", "id", "ID", "ids", "", "é", "k", "\u212a", "1", "0"].map(
  (key) => [JSON.stringify(key), key] as const,
);
const key = fc.constantFrom(...keys, ['"\\u0061"', "a"] as const, ['"i\\u0064"', "id"] as const);

type Item = readonly (readonly [readonly [string, string], readonly Item[] | null])[];

const { item } = fc.letrec<{ item: Item; inner: readonly Item[] | null }>((tie) => ({
  item: fc.array(fc.tuple(key, tie("inner")), { maxLength: 4 }),
  inner: fc.option(fc.array(tie("item"), { maxLength: 3 }), { freq: 4, depthSize: "small" }),
}));

const written = (one: Item): string =>
  `{${one.map(([[text], inner]) => `${text}:${inner === null ? "1" : `[${inner.map(written).join()}]`}`).join()}}`;

function isTwofold(one: Item): boolean {
  const names = one.map(([[, name]]) => foldKey(name));
  return new Set(names).size < names.length || one.some(([, inner]) => inner?.some(isTwofold) === true);
}

test("of any list of records, refuses exactly those in which an object has two keys that are the same or alike", () => {
  const repeated = fc.tuple(fc.array(item, { maxLength: 4 }), fc.array(fc.nat(3), { maxLength: 8 }));
  let [refused, accepted] = [0, 0];
  fc.assert(
    fc.property(repeated, ([items, order]) => {
      const list = order.map((at) => items[at] ?? []);
      const text = `[${list.map(written).join()}]`;
      const code = codeOf(() => readJson(Buffer.from(text), limits));
      if (list.some(isTwofold)) refused++;
      else accepted++;
      const expected = list.some(isTwofold) ? ["json_duplicate_key", "json_key_refused"] : ["accepted"];
      expect([text, expected.includes(code)]).toEqual([text, true]);
    }),
    { numRuns: 4_000 },
  );
  expect([refused > 300, accepted > 300]).toEqual([true, true]);
});

test.each([
  [
    "repeats one of those that it shares with the object before",
    '[{"a":1,"b":2},{"a":1,"b":2,"a":3}]',
    "json_duplicate_key",
  ],
  ["has another one in front and repeats it", '[{"a":1,"b":2},{"b":1,"b":2}]', "json_duplicate_key"],
  ["repeats in other letters what it shares", '[{"a":1,"b":2},{"a":1,"A":2}]', "json_key_refused"],
  ["repeats with an escape what it shares", '[{"a":1,"b":2},{"a":1,"\\u0061":2}]', "json_duplicate_key"],
  [
    "repeats what it shares beside a key that is not plain",
    '[{"a":1,"é":2,"b":3},{"a":1,"b":3,"a":1}]',
    "json_duplicate_key",
  ],
  ["repeats its key that is not plain", '[{"a":1,"é":2,"b":3},{"a":1,"b":3,"é":1,"\\u00e9":1}]', "json_duplicate_key"],
  [
    "shares those beside a key that is not plain",
    '[{"a":1,"é":2,"b":3},{"a":1,"b":3},{"a":1,"b":3,"é":4}]',
    "accepted",
  ],
  ["repeats behind objects that are like it", '[{"a":[{"a":1}]},{"a":[{"a":1},{"a":1,"a":1}]}]', "json_duplicate_key"],
  ["has the same ones", '[{"a":1,"b":2},{"a":1,"b":2},{"a":1},{"b":2,"a":1},{"b":2,"a":1,"c":3}]', "accepted"],
])("an object that %s", (_what, text, code) => {
  expect(codeOf(() => readJson(Buffer.from(text), limits))).toBe(code);
});

test("a document is not compared with the one before it", () => {
  readJson(Buffer.from('{"abc":1,"d":2}'), limits);
  expect(readJson(Buffer.from('{"x":"1","d":2}'), limits).value).toEqual({ x: "1", d: 2 });
});

test("follows keys only from the first on, and no further than they were added", () => {
  const bytes = Buffer.from('"id""name""id""nam"');
  const [shape, table] = [new KeyShape(), new KeyTable()];
  table.reset(bytes, 10);
  shape.add(1, 1, 3);
  expect([shape.follow(bytes, 0, 10), shape.follow(bytes, 0, 4), shape.follow(bytes, 1, 14)]).toEqual([14, -1, -1]);
  shape.add(2, 5, 9);
  expect(shape.follow(bytes, 1, 14)).toBe(-1);
  shape.leave(1, 7, table);
  expect([shape.follow(bytes, 1, 4), table.add(7, 1, 11, 13, null)]).toEqual([-1, "same"]);
});

test.each([63, 64, 65, 70])("of records with %i keys, finds each that one has twice, and no other", (count) => {
  const record = (...more: string[]) =>
    `{${[...Array.from({ length: count }, (_, at) => `"k${at}":${at}`), ...more].join()}}`;
  expect(codeOf(() => readJson(Buffer.from(`[${record()},${record()},${record('"z":1')}]`), limits))).toBe("accepted");
  for (const at of [0, 1, 62, 63, 64, 69].filter((one) => one < count)) {
    const text = `[${record()},${record(`"k${at}":1`)}]`;
    expect([at, codeOf(() => readJson(Buffer.from(text), limits))]).toEqual([at, "json_duplicate_key"]);
  }
});

test("clears for a document what the one before it has used, and nothing that a deeper one used earlier", () => {
  const bytes = Buffer.from('"id""id"');
  const shapes = new KeyShapes();
  const cleared: number[] = [];
  for (const depth of [900, 2, 900, 0, 0]) {
    cleared.push(clearedIn(() => shapes.reset()));
    const shape = shapes.at(depth);
    expect(shape.follow(bytes, 0, 4)).toBe(-1);
    shape.add(1, 1, 3);
    expect(shapes.at(depth).follow(bytes, 0, 4)).toBe(8);
  }
  expect(cleared).toEqual([0, 901, 3, 901, 1]);
});

function clearedIn(run: () => void): number {
  let count = 0;
  const clear: (this: KeyShape) => void = Reflect.get(KeyShape.prototype, "clear");
  KeyShape.prototype.clear = function () {
    count++;
    clear.call(this);
  };
  run();
  KeyShape.prototype.clear = clear;
  return count;
}
