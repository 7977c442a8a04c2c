import { redirects, registry } from "../../../../gateway/decide/builtins/registry.ts";
import type { Builtin } from "../../../../gateway/decide/builtins/types.ts";
import { BuiltinError } from "../../../../gateway/decide/builtins/types.ts";
import type { Value } from "../../../../gateway/decide/value.ts";
import { dumpValue, fromJson, parseValue } from "../../../../gateway/decide/value.ts";
import { settled } from "../../../support/complaints.ts";
import { certificateCalls } from "./cases/certificates.ts";
import { documentCalls } from "./cases/documents.ts";
import { graphqlCalls } from "./cases/graphql.ts";
import type { CallText } from "./cases/generate.ts";
import { netCalls } from "./cases/net.ts";
import { numberCalls } from "./cases/numbers.ts";
import { schemaCalls } from "./cases/schemas.ts";
import { sprintfCalls } from "./cases/sprintf.ts";
import { stringCalls } from "./cases/strings.ts";
import { templateCalls } from "./cases/templates.ts";
import { timeCalls } from "./cases/time.ts";
import { tokenCalls } from "./cases/tokens.ts";
import { testContext } from "./support/context.ts";
import { callsInCases } from "./support/opa-cases.ts";
import { yamlCalls } from "./cases/yaml.ts";
import type { Call } from "./support/oracle.ts";
import { asPrinted, askOpa } from "./support/oracle.ts";

const builtins = new Map<string, Builtin>([
  ...registry,
  ...redirects.map(({ name, builtin }) => [name, builtin] as const),
]);
/** Answers that depend on the moment or on chance. */
const UNSTABLE = new Set(["time.now_ns", "rand.intn", "uuid.rfc4122"]);

function answer({ name, args }: Call): Value | undefined {
  const builtin = builtins.get(name);
  if (builtin === undefined) throw new Error(`no builtin ${name}`);
  try {
    return builtin(testContext(), ...args);
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

function disagreements(calls: readonly Call[]): string[] {
  const wanted = askOpa(calls);
  return calls.flatMap((call, index) => {
    const got = show(settled(call.name, answer(call)));
    const want = show(settled(call.name, wanted[index]));
    return got === want ? [] : [`${call.name}(${call.args.map(dumpValue).join(", ")}) is ${got}, in OPA ${want}`];
  });
}

function show(value: Value | undefined): string {
  return value === undefined ? "undefined" : dumpValue(asPrinted(value));
}

const groups: Readonly<Record<string, readonly CallText[]>> = {
  numbers: numberCalls,
  sprintf: sprintfCalls,
  time: timeCalls,
  strings: stringCalls,
  documents: documentCalls,
  networks: netCalls,
  "JSON schemas": schemaCalls,
  templates: templateCalls,
  certificates: certificateCalls,
  "signed tokens": tokenCalls,
  "GraphQL documents": graphqlCalls,
  "YAML documents": yamlCalls,
};

describe("host builtins", () => {
  test.each(Object.entries(groups))("answer as OPA does: %s", (_, texts) => {
    const calls = texts.map(([name, args]) => ({ name, args: parseValue(args) as readonly Value[] }));
    expect(disagreements(calls)).toEqual([]);
  });

  test("write texts as YAML that reads back as the same texts", () => {
    const parts = [
      "a",
      " ",
      "\n",
      "#",
      ": ",
      "- ",
      "'",
      '"',
      "|",
      "<<",
      "---",
      "...",
      "é",
      "1",
      "~",
      "\t",
      "&a",
      "!!int ",
    ];
    // OPA does not read the block that it writes for a text whose first line with anything in it begins with a tab.
    const isReadable = (text: string): boolean => !/^\n*\t/.test(text) || !text.includes("\n");
    const pairs = parts.flatMap((first) => parts.map((second) => first + second)).filter(isReadable);
    const texts = pairs.flatMap((pair) => parts.map((part) => [pair, pair + part] as const));
    const values = texts
      .filter(([, text]) => isReadable(text))
      .flatMap(([pair, text]) => [text, [text], { [text]: [pair] }]);
    const [marshal, unmarshal] = [builtins.get("yaml.marshal"), builtins.get("yaml.unmarshal")];
    const changed = values.filter((value) => {
      const given = fromJson(value);
      const text = marshal?.(testContext(), given) as Value;
      return dumpValue(unmarshal?.(testContext(), text) as Value) !== dumpValue(given);
    });
    expect(changed).toEqual([]);
  });

  test("answer every plain call in OPA's own cases as OPA does", () => {
    const names = new Set([...builtins.keys()].filter((name) => !UNSTABLE.has(name)));
    const calls = callsInCases(names);
    expect(calls.length).toBeGreaterThan(600);
    expect(disagreements(calls)).toEqual([]);
  });
});
