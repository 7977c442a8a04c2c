import { readFileSync } from "node:fs";

export type ArgumentType = "string" | "number" | "boolean" | "null" | "array" | "object" | "set" | "any";

/** A builtin that a policy may call, as `rego/capabilities.json` declares it. */
export interface Declared {
  readonly name: string;
  readonly args: readonly ArgumentType[];
  /** It has many answers, not one. */
  readonly relation: boolean;
}

interface Capabilities {
  readonly builtins: readonly {
    readonly name: string;
    readonly deprecated?: boolean;
    readonly relation?: boolean;
    readonly decl: { readonly args?: readonly { readonly type: ArgumentType }[] };
  }[];
}

const capabilities = new URL("../../../rego/capabilities.json", import.meta.url);

const compiled = "answered while compiling, or part of the language: no call is left to compare";
const written = "writes to the log and has no answer; what it writes is compared with OPA's in a test of its own";
const chance = "depends on the moment or on chance; its stability has tests of its own";

/** What is not asked, and why. */
export const notAsked: ReadonlyMap<string, string> = new Map([
  ["assign", compiled],
  ["eq", compiled],
  ["print", written],
  ["internal.print", written],
  ["internal.test_case", compiled],
  ["rego.metadata.chain", compiled],
  ["rego.metadata.rule", compiled],
  ["time.now_ns", chance],
  ["rand.intn", chance],
  ["uuid.rfc4122", chance],
]);

/** Every builtin that a call can be made of. Deprecated ones are refused by OPA's compiler in policies of version 1. */
export function declaredBuiltins(): Declared[] {
  const { builtins } = JSON.parse(readFileSync(capabilities, "utf8")) as Capabilities;
  return builtins
    .filter(({ name, deprecated }) => deprecated !== true && !notAsked.has(name))
    .map(({ name, relation, decl }) => ({
      name,
      args: (decl.args ?? []).map(({ type }) => type),
      relation: relation === true,
    }));
}
