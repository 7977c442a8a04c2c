import { createHash } from "node:crypto";
import { ByteReader } from "../../../../gateway/decide/fuel/bytes.ts";
import { outlineModule, sectionId } from "../../../../gateway/decide/fuel/sections.ts";
import { KNOWN_RUNTIME, patchModule, replacements } from "../../../../gateway/decide/runtime-patches/patch.ts";
import { equalValues, parseValue } from "../../../../gateway/decide/value.ts";
import { compileRego } from "../support/compile-rego.ts";
import { generator, type Generator } from "./generate.ts";
import { both, type Pair, withoutKnownRuntime } from "./support.ts";

const everything = `
answer := {
	"equal": {i | some i, pair in input.pairs; pair[0] == pair[1]},
	"less": {i | some i, pair in input.pairs; pair[0] < pair[1]},
	"nested": {i | some i, pair in input.pairs; {[pair[0]]} == {[pair[1]]}},
	"found": {i | some i, pair in input.pairs; {pair[0]: true}[pair[1]]},
	"member": {i | some i, pair in input.pairs; pair[0] in {pair[1], "other"}},
	"listed": {i | some i, pair in input.pairs; pair[0] in [pair[1]]},
	"set": {pair[0] | some pair in input.pairs} | {pair[1] | some pair in input.pairs},
	"lists": sort([pair | some pair in input.pairs]),
	"object": object.union_n([{json.marshal(pair[0]): pair[1]} | some pair in input.pairs]),
	"keys": {key | some pair in input.pairs; some key, _ in pair[0]},
	"paths": {path | walk(input.pairs[0], [path, _])},
	"counts": [count(pair) | some pair in input.pairs],
	"first": [pair[0][0] | some pair in input.pairs],
	"rules": [f(pair[0]) | some pair in input.pairs],
	"apart": [value | some pair in input.pairs; value := size with input as pair],
	"size": size,
}

f(x) := count(x)

size := count(input)
`;

let pair: Pair;
beforeAll(async () => {
  pair = await both(everything, ["answer"]);
});

test("answers generated values as OPA's own runtime does: texts, numbers in all spellings, nested objects and sets", () => {
  const make = generator(1);
  for (let round = 0; round < 150; round += 1) {
    const text = `{"pairs": [${pairsOf(make).join(", ")}]}`;
    const answers = [pair.faster, pair.plain].map((policy) => {
      const asked = policy.ask({ entrypoint: "p/answer", text, format: "value" });
      return parseValue(asked.text);
    });
    expect({ round, same: equalValues(answers[0]!, answers[1]!), text: "" }).toEqual({ round, same: true, text: "" });
  }
});

/** Half of them are equal in other words. */
function pairsOf(make: Generator): string[] {
  return Array.from({ length: 12 }, (_, index) => {
    const value = make.value(3);
    const other = index % 2 === 0 ? make.reworded(value) : make.value(3);
    return `[${make.text(value)}, ${make.text(other)}]`;
  });
}

test("finds equal values by their hash, whatever words they are written in", () => {
  const make = generator(2);
  for (let round = 0; round < 300; round += 1) {
    const value = make.value(3);
    const text = `{"pairs": [[${make.text(value)}, ${make.text(make.reworded(value))}]]}`;
    const answer = pair.faster.ask({ entrypoint: "p/answer", text, format: "value" }).text;
    const { equal, found, nested } = named(answer);
    expect({ text, equal, found, nested }).toEqual({ text, equal: 1, found: 1, nested: 1 });
  }
});

/** How many of the only pair are in each set. */
function named(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ["equal", "found", "nested"].map((name) => [name, text.includes(`"${name}": {0}`) ? 1 : 0] as const),
  );
}

describe("a module", () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    ({ wasm } = await compileRego({ "p/p.rego": 'package p\n\nq if input.x in {"a", "b"}\n' }, ["p/q"]));
  });

  test("whose runtime has one other byte in a replaced function stays as it is", () => {
    const { names, importedFunctionCount } = outlineModule(wasm);
    for (const name of Object.keys(replacements)) {
      const index = names.get(name);
      if (index === undefined) continue;
      const changed = Buffer.from(wasm);
      const body = bodiesOf(changed)[index - importedFunctionCount]!;
      body[body.length - 2]! ^= 1;
      expect(patchModule(changed).wasm).toBe(changed);
      expect(patchModule(changed).foreign).toBe(`${name} is not that of ${KNOWN_RUNTIME}`);
    }
    const foreign = withoutKnownRuntime(wasm);
    expect(patchModule(foreign).wasm).toBe(foreign);
    expect(patchModule(foreign).foreign).toBe("the module does not name opa_value_hash");
    expect(patchModule(wasm).foreign).toBeNull();
  });

  test("has every replaced function that it needs, and none of them in another form than the pinned compiler's", () => {
    const { names, importedFunctionCount } = outlineModule(wasm);
    for (const [name, { digest }] of Object.entries(replacements)) {
      const body = bodiesOf(wasm)[(names.get(name) ?? -1) - importedFunctionCount];
      if (body !== undefined) expect(createHash("sha256").update(body).digest("hex")).toBe(digest);
    }
    expect(patchModule(wasm).wasm).not.toBe(wasm);
  });

  test("computes FNV hashes in no other function that works on objects and sets", () => {
    const prime = Buffer.from([0x41, 0x93, 0x83, 0x80, 0x08]);
    const { names, importedFunctionCount } = outlineModule(wasm);
    const hashing = [...names].filter(([, index]) =>
      Buffer.from(bodiesOf(wasm)[index - importedFunctionCount] ?? []).includes(prime),
    );
    const others = hashing.map(([name]) => name).filter((name) => !name.includes("__hash_memory"));
    expect(others.sort()).toEqual(["opa_number_hash", "opa_value_hash"]);
  });
});

function bodiesOf(wasm: Uint8Array): Uint8Array[] {
  const { start, end } = outlineModule(wasm).sections.find(({ id }) => id === sectionId.code)!;
  const reader = new ByteReader(wasm, start, end);
  return Array.from({ length: reader.u32() }, () => {
    const { at, end: last } = reader.part(reader.u32());
    return wasm.subarray(at, last);
  });
}
