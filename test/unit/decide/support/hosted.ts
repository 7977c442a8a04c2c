import type { Redirect } from "../../../../gateway/decide/builtins/types.ts";
import { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { planRedirects, type Registry } from "../../../../gateway/decide/host/implementations.ts";
import { defaultLimits, type PolicyLimits } from "../../../../gateway/decide/host/limits.ts";
import { prepareModule } from "../../../../gateway/decide/host/prepare.ts";
import { PolicyFault, type Projections } from "../../../../gateway/domain/ports.ts";
import { compileRego } from "./compile-rego.ts";

interface Hosting {
  readonly data?: string;
  readonly limits?: Partial<PolicyLimits>;
  readonly registry?: Registry;
  readonly redirects?: readonly Redirect[];
  /** What each entrypoint reads; absent: the whole input. */
  readonly projections?: Projections;
}

/** One Rego package `p` in the engine, with its rules `names` as entrypoints. */
export async function hosted(
  rego: string,
  names: readonly string[],
  { data, limits, registry, redirects, projections }: Hosting = {},
): Promise<HostedPolicy> {
  const files = { "p/p.rego": `package p\n\n${rego}\n`, ...(data === undefined ? {} : { "data.json": data }) };
  const compiled = await compileRego(
    files,
    names.map((name) => `p/${name}`),
  );
  const all = { ...defaultLimits, ...limits };
  return new HostedPolicy(
    await prepareModule(compiled.wasm, compiled.data, {
      limits: all,
      registry: registry ?? new Map(),
      redirects: planRedirects(redirects ?? []),
    }),
    all,
    projections,
  );
}

/** The code of the fault that `run` throws. */
export function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PolicyFault) return error.code;
    throw error;
  }
  return "no fault";
}
