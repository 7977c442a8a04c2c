import type { Builtin, Redirect as BuiltinRedirect } from "../builtins/types.ts";
import type { Redirect } from "../fuel/meter.ts";
import { nativeFunctions } from "./native-functions.ts";

export type Registry = ReadonlyMap<string, Builtin>;

/** Ids of redirected natives begin here; OPA's compiler numbers a module's own host builtins from zero. */
const FIRST_REDIRECT = 1_000_000;

interface Implementation {
  readonly name: string;
  readonly run: Builtin;
}

/** Which implementation answers to which id, for one module. */
export class Implementations {
  readonly #byId = new Map<number, Implementation>();

  /** @throws Error that names every builtin the module asks for and the host has not */
  constructor(registry: Registry, required: Readonly<Record<string, number>>, redirects: readonly PlannedRedirect[]) {
    const missing: string[] = [];
    for (const [name, id] of Object.entries(required)) {
      const run = registry.get(name);
      if (run === undefined) missing.push(name);
      else this.#byId.set(id, { name, run });
    }
    if (missing.length > 0)
      throw new Error(`the policy uses builtins this gateway does not have: ${missing.sort().join(", ")}`);
    for (const { id, name, run } of redirects) this.#byId.set(id, { name, run });
  }

  find(id: number): Implementation {
    const found = this.#byId.get(id);
    if (found === undefined) throw new Error(`the policy called builtin ${id}, which it never declared`);
    return found;
  }
}

/** A native function to be replaced, the id its calls arrive under, and what answers them. */
export interface PlannedRedirect extends Redirect, Implementation {}

/** @throws Error for a builtin that OPA does not compile into the module: it needs no redirect, so the table is wrong */
export function planRedirects(redirects: readonly BuiltinRedirect[]): PlannedRedirect[] {
  return redirects.map(({ name, builtin, wrongForSetAt = null }, index) => {
    const native = nativeFunctions[name];
    if (native === undefined) throw new Error(`${name} is not native to OPA's modules and cannot be redirected`);
    return { native, name, run: builtin, id: FIRST_REDIRECT + index, onlyForSetAt: wrongForSetAt };
  });
}
