import { hashConstants } from "../../../../gateway/decide/runtime-patches/constants.ts";
import { outlineModule } from "../../../../gateway/decide/fuel/sections.ts";
import { compileRego } from "../support/compile-rego.ts";
import { both, type Pair } from "./support.ts";

/** Of every length that is hashed in a way of its own, and some beyond. */
const keys = Array.from({ length: 70 }, (_, length) =>
  length % 7 === 3 ? "\u00e4".repeat(length) : `${"k".repeat(length)}${length % 5 === 0 ? "" : length}`,
);
const rules = keys.map((key, index) => `found contains ${index} if input.o[${JSON.stringify(key)}] == ${index}`);
const made = keys.map((key, index) => `${JSON.stringify(key)}: ${index}`);

let pair: Pair;
beforeAll(async () => {
  const rego = `${rules.join("\n")}\n\nmade := {${made.join(", ")}}\n\nlooked := [made[key] | some key in input.keys]\n`;
  pair = await both(rego, ["found", "looked"]);
});

const ask = (entrypoint: string, input: object): string =>
  pair.faster.ask({ entrypoint: `p/${entrypoint}`, text: JSON.stringify(input), format: "json" }).text;
const sorted = (text: string): number[] =>
  (JSON.parse(text) as [{ readonly result: number[] }])[0].result.sort((one, other) => one - other);
const all = keys.map((_, index) => index);

// The second has more buckets than half a hash tells apart.
test.each([0, 50_000])("finds constant names among those of the input and %d others", (others) => {
  const members = keys.map((key, index) => [key, index] as const);
  const more = Array.from({ length: others }, (_, index) => [`other ${index}`, 0] as const);
  expect(sorted(ask("found", { o: Object.fromEntries([...members, ...more]) }))).toEqual(all);
  expect(sorted(ask("found", { o: Object.fromEntries(more) }))).toEqual([]);
});

test("finds names of the input among constant ones", () => {
  expect(sorted(ask("looked", { keys }))).toEqual(all);
});

test("writes into the spare bytes of the compiler's strings and nowhere else", async () => {
  const { wasm } = await compileRego({ "p/p.rego": `package p\n\n${rules.join("\n")}\n` }, ["p/found"]);
  const hashed = new Uint8Array(wasm);
  const outline = outlineModule(wasm);
  hashConstants(hashed, outline);
  const data = outline.sections.find(({ id }) => id === 11)!;
  const changed = [...wasm.keys()].filter((at) => wasm[at] !== hashed[at]);
  expect(changed.length).toBeGreaterThan(keys.length);
  for (const at of changed) {
    expect(wasm[at]).toBe(0);
    expect(at > data.start && at < data.end).toBe(true);
    // The type's byte is one or two before.
    expect([wasm[at - 2], wasm[at - 3]]).toContain(8);
  }
});
