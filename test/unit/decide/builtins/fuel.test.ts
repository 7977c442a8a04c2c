import { redirects, registry } from "../../../../gateway/decide/builtins/registry.ts";
import type { Builtin } from "../../../../gateway/decide/builtins/types.ts";
import { BuiltinError } from "../../../../gateway/decide/builtins/types.ts";
import type { Value } from "../../../../gateway/decide/value.ts";
import { RegoObject, parseValue } from "../../../../gateway/decide/value.ts";
import { documentCalls } from "./cases/documents.ts";
import { netCalls } from "./cases/net.ts";
import { schemaCalls } from "./cases/schemas.ts";
import { stringCalls } from "./cases/strings.ts";
import { templateCalls } from "./cases/templates.ts";
import { timeCalls } from "./cases/time.ts";
import { testContext } from "./support/context.ts";

const builtins = new Map<string, Builtin>([
  ...registry,
  ...redirects.map(({ name, builtin }) => [name, builtin] as const),
]);

/** About ten milliseconds of a metered module. */
const LIMIT = 3_000_000;

function run(name: string, args: readonly Value[]): { outcome: string; cpuMs: number } {
  const started = process.cpuUsage();
  let outcome = "answered";
  try {
    (builtins.get(name) as Builtin)(testContext(LIMIT), ...args);
  } catch (error) {
    outcome = error instanceof BuiltinError ? "refused" : error instanceof Error ? error.message : String(error);
  }
  // CPU and not the clock: other work of the machine does not count.
  return { outcome, cpuMs: process.cpuUsage(started).user / 1_000 };
}

const long = "a".repeat(1_000_000);

/** A graph of layers in which every node leads to every node of the next: paths double with each layer. */
function layers(count: number): RegoObject {
  return RegoObject.from(
    Array.from(
      { length: count * 2 },
      (_, i) => [i, i >= count * 2 - 2 ? [] : [i + 2 - (i % 2), i + 3 - (i % 2)]] as const,
    ),
  );
}

/** Each looks at the same place of the document without end, or twice as often with each of its definitions. */
const endless = [
  '{"$ref": "#"}',
  '{"allOf": [{"$ref": "#"}]}',
  '{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}',
  '{"not": {"$ref": "#"}}',
  '{"if": {"$ref": "#"}}',
  '{"dependencies": {"a": {"$ref": "#"}}}',
  '{"$id": "a", "items": {"$ref": "a"}, "oneOf": [{"$ref": "a"}]}',
  '{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"}',
  doubled(40),
];

function doubled(count: number): string {
  const both = (index: number): object => ({ allOf: [1, 2].map(() => ({ $ref: `#/definitions/${index + 1}` })) });
  const definitions = Array.from(
    { length: count },
    (_, index) => [index, index < count - 1 ? both(index) : {}] as const,
  );
  return JSON.stringify({ definitions: Object.fromEntries(definitions), $ref: "#/definitions/0" });
}

/** Definitions that each refer to the one before. */
function chained(count: number): string {
  const definitions = Array.from({ length: count }, (_, index) => [
    index,
    index === 0 ? {} : { $ref: `#/definitions/${index - 1}` },
  ]);
  return JSON.stringify({ definitions: Object.fromEntries(definitions) as object });
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
  ["regex.split", ["(a?){500}a{500}", long.slice(0, 50_000)]],

  ["sprintf", ["%9000000d %9000000d", [1, 1]]],
  ["product", [Array(100_000).fill(999_999_999)]],
  ["strings.render_template", ["{{range 1000000}}x{{end}}", new RegoObject()]],
  ["json.patch", [Array(100_000).fill(1), Array(5_000).fill(parseValue('{"op":"add","path":"/0","value":1}'))]],
  ["graphql.parse_query", [`{${"a ".repeat(90_000)}}`]],
  ["json.verify_schema", [chained(9_000)]],
];

describe("fuel of builtins", () => {
  test.each(HEAVY.map(([name, args]) => [name, args] as const))("ends %s before its work is done", (name, args) => {
    const runs = [1, 2, 3].map(() => run(name, args));
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(["out of fuel"]));
    expect(Math.min(...runs.map(({ cpuMs }) => cpuMs))).toBeLessThan(250);
  });

  test.each(endless)("ends a schema that refers to itself: %s", (schema) => {
    expect(run("json.verify_schema", [schema]).outcome).toBe("answered");
    expect(run("json.match_schema", ['{"a": [1]}', schema]).outcome).toBe("out of fuel");
  });

  test("lets a schema refer to itself for the parts of a document", () => {
    const schema = '{"properties": {"a": {"$ref": "#"}}, "additionalProperties": false}';
    const nested = (inner: string): string => '{"a":'.repeat(200) + inner + "}".repeat(200);
    const matches = (document: string): Value | undefined =>
      (builtins.get("json.match_schema") as Builtin)(testContext(LIMIT), document, schema);
    expect(matches(nested("{}"))).toEqual([true, []]);
    expect(matches(nested('{"b": 1}'))).toMatchObject([false, [expect.anything()]]);
  });

  test("charges every call that is answered", () => {
    const calls = [...documentCalls, ...netCalls, ...stringCalls, ...timeCalls, ...schemaCalls, ...templateCalls];
    const free = calls.filter(([name, args]) => {
      const context = testContext();
      try {
        const answer = (builtins.get(name) as Builtin)(context, ...(parseValue(args) as readonly Value[]));
        // That a number is not a pattern, say, is seen without work.
        return answer !== undefined && answer !== false && context.used() === 0;
      } catch (error) {
        if (error instanceof BuiltinError) return false;
        throw error;
      }
    });
    expect(free.slice(0, 20)).toEqual([]);
  });
});
