import { redirects, registry } from "../../../../gateway/decide/builtins/registry.ts";
import type { Builtin } from "../../../../gateway/decide/builtins/types.ts";
import { BuiltinError } from "../../../../gateway/decide/builtins/types.ts";
import type { Value } from "../../../../gateway/decide/value.ts";
import { RegoObject, parseValue } from "../../../../gateway/decide/value.ts";
import { testContext } from "./support/context.ts";

const builtins = new Map<string, Builtin>([
  ...registry,
  ...redirects.map(({ name, builtin }) => [name, builtin] as const),
]);

/** About ten milliseconds of a metered module. */
const LIMIT = 3_000_000;

function run(name: string, args: readonly Value[]): { outcome: string; milliseconds: number } {
  const started = performance.now();
  let outcome = "answered";
  try {
    (builtins.get(name) as Builtin)(testContext(LIMIT), ...args);
  } catch (error) {
    outcome = error instanceof BuiltinError ? "refused" : error instanceof Error ? error.message : String(error);
  }
  return { outcome, milliseconds: performance.now() - started };
}

const long = "a".repeat(1_000_000);

/** A graph of layers in which every node leads to every node of the next: paths double with each layer. */
function layers(count: number): RegoObject {
  return RegoObject.from(
    Array.from({ length: count * 2 }, (_, i) => [i, i >= count * 2 - 2 ? [] : [i + 2 - (i % 2), i + 3 - (i % 2)]] as const),
  );
}

// prettier-ignore
const HEAVY: readonly (readonly [string, readonly Value[]])[] = [
  ["numbers.range_step", parseValue("[1, 1000000000000, 1]") as readonly Value[]],
  ["numbers.range", parseValue("[1, 1000000000000]") as readonly Value[]],
  ["net.cidr_expand", ["0.0.0.0/0"]],
  ["net.cidr_expand", ["::/0"]],
  ["bits.lsh", [1, 1_000_000_000]],
  ["graph.reachable_paths", [layers(30), [0]]],
  ["strings.any_prefix_match", [Array(3_000).fill("a"), Array(3_000).fill("b")]],
  ["replace", [long, "a", long]],
  ["regex.replace", [long.slice(0, 100_000), "a", "$0".repeat(1_000)]],
  ["regex.match", ["(a?){500}a{500}", long.slice(0, 50_000)]],
  ["regex.globs_match", ["a*b*".repeat(40), "b*a*".repeat(40)]],
  ["sprintf", ["%*d", [9_000_000, 1]]],
  ["sprintf", ["%9000000d %9000000d", [1, 1]]],
  ["product", [Array(100_000).fill(999_999_999)]],
  ["strings.render_template", ["{{range 1000000}}x{{end}}", new RegoObject()]],
  ["json.patch", [Array(100_000).fill(1), Array(5_000).fill(parseValue('{"op":"add","path":"/0","value":1}'))]],
  ["graphql.parse_query", [`{${"a ".repeat(90_000)}}`]],
];

describe("fuel of builtins", () => {
  test.each(HEAVY.map(([name, args]) => [name, args] as const))("ends %s before its work is done", (name, args) => {
    const { outcome, milliseconds } = run(name, args);
    expect(outcome).toBe("out of fuel");
    expect(milliseconds).toBeLessThan(250);
  });

  test("charges every builtin for every call", () => {
    const free = [...builtins].filter(([name, builtin]) => {
      if (name === "time.now_ns" || name.startsWith("cast_") || name === "trace") return false;
      const context = testContext();
      try {
        builtin(context, ...(["1.5", "1.5", "1.5", "1.5"] satisfies Value[]));
      } catch {
        // What it thinks of the operands does not matter here.
      }
      return context.used() === 0;
    });
    // These refuse a string before there is any work.
    expect(free.map(([name]) => name).filter((name) => /^(?:regex|time|io|crypto|net|strings|uri)\./.test(name))).toEqual([]);
  });
});
