import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dumpValue, parseValue, RegoObject, type Value } from "../../../../gateway/decide/value.ts";
import { opa } from "../support/compile-rego.ts";
import { both } from "./support.ts";

const rego = `
answer.items[i] := input.list[index] if some i, index in input.indexes
answer.nested[i] := input.lists[index][index] if some i, index in input.indexes
answer.got[i] := object.get(input, ["list", index], "none") if some i, index in input.indexes
answer.keys[i] := {1: "one", 10: "ten"}[index] if some i, index in input.indexes
answer.written[i] := json.marshal(index) if some i, index in input.indexes
answer.literal.whole := input.list[1.0]
answer.literal.whole := input.list[1.0]
`;

// prettier-ignore
const INDEXES = ["0", "1", "10", "1.0", "1.00", "10.0", "0.0", "-0", "-0.0", "-1.0", "1e0", "10e-1", "1.0e0", "1E0", "0.1e1", "1.5", "1.05",
  "1.000000000000000000", "1.00000000000000000", "10.00000000000000000", "4294967297.0", "18446744073709551617", "1844674407370955161.0", "100.0"];

test("finds the items of arrays at the indexes at which OPA's interpreter finds them, however they are written", async () => {
  const list = Array.from({ length: 12 }, (_, index) => `"item ${index}"`).join(", ");
  const text = `{"list": [${list}], "lists": [[1], [2, 3]], "indexes": [${INDEXES.join(", ")}]}`;
  const { faster } = await both(rego, ["answer"]);
  const { text: asked } = faster.ask({ entrypoint: "p/answer", text, format: "json" });
  const [answer] = parseValue(asked) as readonly [RegoObject];
  expect(parts(answer.get("result"))).toEqual(parts(interpreted(text)));
});

function parts(answer: Value | undefined): Readonly<Record<string, string>> {
  const parts = answer instanceof RegoObject ? answer.entries() : [];
  return Object.fromEntries(parts.map(([name, part]) => [dumpValue(name), dumpValue(part)]));
}

function interpreted(input: string): Value {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-test-"));
  try {
    writeFileSync(join(folder, "p.rego"), `package p\n${rego}`);
    const asked = ["eval", "-f", "raw", "-d", join(folder, "p.rego"), "--stdin-input", "json.marshal(data.p.answer)"];
    return parseValue(execFileSync(opa, asked, { input, encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
