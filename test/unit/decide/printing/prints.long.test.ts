import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placePrints } from "../../../../gateway/bundles/build/print-places.ts";
import { createPolicyEngine, type EngineOptions } from "../../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { PolicyFault, type Printed, type Projections } from "../../../../gateway/domain/ports.ts";
import { compileRego, inputOf, opa } from "../support/compile-rego.ts";

async function policyOf(
  text: string,
  names: readonly string[],
  { projections, ...options }: EngineOptions & { readonly projections?: Projections } = {},
): Promise<HostedPolicy> {
  const [file] = await placePrints(opa, [{ path: "p/p.rego", bytes: Buffer.from(text) }]);
  const { wasm, data } = await compileRego({ "p/p.rego": file?.bytes.toString("utf8") ?? "" }, names);
  return createPolicyEngine(options).prepare(wasm, data, projections);
}

const printedBy = (policy: HostedPolicy, name: string, document: unknown): Printed =>
  policy.evaluate(name, inputOf(document)).printed ?? { lines: [], left: 0 };

/** What a real OPA prints, line by line. */
function opaPrints(text: string, query: string, document: unknown): string[] {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-prints-"));
  try {
    writeFileSync(join(folder, "p.rego"), text);
    writeFileSync(join(folder, "input.json"), JSON.stringify(document));
    // What it prints goes to stderr, which `2>&1` brings in front of the answer.
    const command = `"${opa}" eval --data p.rego --input input.json --format raw '${query}' 2>&1 >/dev/null`;
    return execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" }).split("\n").slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const language = `package p

import data.words

answer := x if {
	print("plain", "äöü€𝕏", 1, 1.5, 123456789012345678901234567890, true, null); print(input.gone, "after", words.gone)
	print([1, "a", {"b": ["c"]}], {"k": {"quoted \\" text"}}, {}, [], set(), {3, 1, 2})
	print()
	print(input.text, {"nested": input.text}, "", " blank ")
	x := f(input.n)
	print(1 / 0, to_number("x"), lower(input.n))
	every item in input.list { print("each", item) }
	not g(input.n)
	y := [z | some z in input.list; print("in a comprehension", z)]
	print(y)
	print({
		"over": "lines"
	})
}

f(n) := n + 1 if print("in a function of", n)

g(n) if {
	print("in a negation", n)
	n == 0
}
`;
const document = { text: 'two\tparts `of` "it" \\ <b>', n: 7, list: ["a", 2] };

test("prints what OPA prints, with file and line of each call", async () => {
  const { lines, left } = printedBy(await policyOf(language, ["p/answer"]), "p/answer", document);
  const told = opaPrints(language, "data.p.answer", document);
  expect(told).toContain("<undefined> after <undefined>");
  expect(told).toContain("in a function of 7");
  expect(lines.map(({ text }) => text)).toEqual(told);
  expect(left).toBe(0);
  const rows = [6, 6, 7, 8, 9, 21, 11, 12, 12, 24, 14, 14, 15, 16];
  expect(lines.map(({ at }) => at)).toEqual(rows.map((row) => `p/p.rego:${row}`));
});

test("prints in a module of another compiler too, without places", async () => {
  const { wasm, data } = await compileRego({ "p/p.rego": language }, ["p/answer"]);
  const { lines } = printedBy(await createPolicyEngine().prepare(wasm, data), "p/answer", document);
  expect(lines.map(({ text }) => text)).toEqual(opaPrints(language, "data.p.answer", document));
  expect(new Set(lines.map(({ at }) => at))).toEqual(new Set([null]));
});

test("takes no text of a caller for a place", async () => {
  const { wasm, data } = await compileRego(
    { "p/p.rego": "package p\n\nx if print(input.a, {input.a}, [{input.a}])\n" },
    ["p/x"],
  );
  const policy = await createPolicyEngine().prepare(wasm, data);
  expect(printedBy(policy, "p/x", { a: "main.rego:1" }).lines).toEqual([
    { at: null, text: 'main.rego:1 {"main.rego:1"} [{"main.rego:1"}]' },
  ]);
});

const loops = `package p

many if every n in numbers.range(1, 100) { print(n) }

long if print(concat("", [input.a | some _ in numbers.range(1, 5000)]))

endless if every _ in numbers.range(1, 300) { every n in numbers.range(1, 300) { print("a line that takes fuel", n) } }

silent if every n in numbers.range(1, 100) { n > 0 }

twice := 1 if { print("before the conflict"); input.a }

twice := 2 if input.a
`;
const ofLoops = ["many", "long", "endless", "silent", "twice"].map((name) => `p/${name}`);

test("keeps so many lines of one evaluation, cuts long ones, and counts the others", async () => {
  const policy = await policyOf(loops, ofLoops);
  const many = printedBy(policy, "p/many", { a: "x" });
  expect(many.lines.map(({ text }) => text)).toEqual(Array.from({ length: 32 }, (_, at) => String(at + 1)));
  expect(many.left).toBe(100 - 32);
  const [long] = printedBy(policy, "p/long", { a: "x" }).lines;
  expect(long?.text).toBe(`${"x".repeat(1_024)} …`);
});

test("takes fuel, and what was printed before a fault is kept with it", async () => {
  const policy = await policyOf(loops, ofLoops);
  const fuel = (name: string): number => policy.evaluate(name, inputOf({ a: "x" })).fuel;
  expect(fuel("p/many")).toBeGreaterThan(fuel("p/silent") + 100 * 100);
  const faults = ["p/endless", "p/twice"].map((name) => {
    try {
      policy.evaluate(name, inputOf({ a: "x" }));
    } catch (error) {
      if (error instanceof PolicyFault) return [error.code, error.printed?.lines[0]];
    }
    return "no fault";
  });
  expect(faults).toEqual([
    ["policy_out_of_fuel", { at: "p/p.rego:7", text: "a line that takes fuel 1" }],
    ["policy_conflict", { at: "p/p.rego:11", text: "before the conflict" }],
  ]);
  // The next evaluation begins with nothing printed.
  expect(policy.evaluate("p/silent", inputOf({ a: "x" })).printed).toBeUndefined();
});

test("changes no answer, and a policy without print is the same module", async () => {
  const names = ["p/answer"];
  const erased = await compileRego({ "p/p.rego": language }, names, { prints: false });
  const [loud, quiet] = [await policyOf(language, names), await createPolicyEngine().prepare(erased.wasm, erased.data)];
  for (const text of [document, {}, { ...document, n: 0 }])
    expect(loud.evaluate("p/answer", inputOf(text)).results).toEqual(quiet.evaluate("p/answer", inputOf(text)).results);
  expect(Object.keys(quiet.evaluate("p/answer", inputOf(document)))).toEqual(["results", "fuel"]);
  const without = { "p/p.rego": "package p\n\nanswer := input.n\n" };
  const [one, other] = await Promise.all([true, false].map((prints) => compileRego(without, names, { prints })));
  expect(Buffer.from(one?.wasm ?? []).equals(other?.wasm ?? Buffer.alloc(0))).toBe(true);
  const files = [{ path: "p/p.rego", bytes: Buffer.from(without["p/p.rego"]) }];
  expect(await placePrints(opa, files)).toBe(files);
});

const remembered = `package p

answer := input.id if print("asked for", input.id)

now := input.id if print(time.now_ns())

much := input.id if every n in [1, 2] { print(n, concat("", [input.id | some _ in numbers.range(1, 1000)])) }
`;

test("an evaluation that is remembered prints again, and one that prints the time or much is not remembered", async () => {
  const reads = { always: { id: true }, dispatched: [], guarded: [] } as const;
  const projections = { "p/answer": reads, "p/now": reads, "p/much": reads };
  const policy = await policyOf(remembered, Object.keys(projections), { remembers: true, projections });
  const ask = (name: string, id: string, other: number) =>
    policy.evaluate(name, { ...inputOf({ id, other, context: { time: { ns: 0 } } }), timeNs: String(other) });
  const first = ask("p/answer", "a", 1);
  expect(ask("p/answer", "a", 2)).toBe(first);
  expect(first.printed).toEqual({ lines: [{ at: "p/p.rego:3", text: "asked for a" }], left: 0 });
  expect(ask("p/answer", "b", 1).printed?.lines[0]?.text).toBe("asked for b");
  expect(ask("p/much", "a", 1)).not.toBe(ask("p/much", "a", 1));
  expect(ask("p/much", "a", 1).printed?.lines).toHaveLength(2);
  expect([1, 2].map((at) => ask("p/now", "a", at).printed?.lines[0]?.text)).toEqual(["1", "2"]);
});

test("hides masked values that no rule reads, also in what is remembered and in lists", async () => {
  const text = 'package p\n\nanswer := 1 if print("note", input.note)\n';
  const projections = { "p/answer": { always: { note: true }, dispatched: [], guarded: [] } } as const;
  const maskPointers = ["/card/number", "/owners/0"];
  const policy = await policyOf(text, ["p/answer"], { remembers: true, projections, maskPointers });
  const ask = (number: string, owners: readonly string[]): string | undefined => {
    const evaluation = policy.evaluate("p/answer", inputOf({ note: "4111-1111 of Ada", card: { number }, owners }));
    return evaluation.printed?.lines[0]?.text;
  };
  expect(ask("other", [])).toBe("note 4111-1111 of Ada");
  expect(ask("4111-1111", [])).toBe("note [masked] of Ada");
  expect(ask("other", ["of Ada"])).toBe("note 4111-1111 [masked]");
});
