import { redirects, registry } from "../../../../gateway/decide/builtins/registry.ts";
import { patchModule } from "../../../../gateway/decide/runtime-patches/patch.ts";
import { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { planRedirects } from "../../../../gateway/decide/host/implementations.ts";
import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { prepareModule } from "../../../../gateway/decide/host/prepare.ts";
import { compileRego } from "../support/compile-rego.ts";

export interface Pair {
  readonly faster: HostedPolicy;
  /** OPA's own runtime. */
  readonly plain: HostedPolicy;
}

const limits = { ...defaultLimits, fuel: 100_000_000 };

/** The same module twice, once as it is when its runtime is not known. */
export async function both(rego: string, names: readonly string[], data = "{}"): Promise<Pair> {
  const files = { "p/p.rego": `package p\n\n${rego}\n`, "data.json": data };
  const compiled = await compileRego(
    files,
    names.map((name) => `p/${name}`),
  );
  const foreign = withoutKnownRuntime(compiled.wasm);
  if (patchModule(foreign).wasm !== foreign || patchModule(compiled.wasm).wasm === compiled.wasm)
    throw new Error("the two modules do not differ");
  const host = async (wasm: Uint8Array): Promise<HostedPolicy> =>
    new HostedPolicy(
      await prepareModule(wasm, compiled.data, { limits, registry, redirects: planRedirects(redirects) }),
      limits,
    );
  return { faster: await host(compiled.wasm), plain: await host(foreign) };
}

/** The name of one function is changed in the name section, which nothing runs by. */
export function withoutKnownRuntime(wasm: Uint8Array): Uint8Array {
  const changed = Buffer.from(wasm);
  const at = changed.lastIndexOf("opa_value_hash");
  if (at < 0) throw new Error("the module does not name opa_value_hash");
  changed.write("xxx", at);
  return changed;
}
