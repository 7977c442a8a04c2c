import type { HostedEngine } from "../../../gateway/decide/engine.ts";
import { PolicyFault } from "../../../gateway/domain/ports.ts";
import type { Case } from "./cases.ts";
import type { Observed } from "./judge.ts";

/** Evaluates a case in the gateway's engine, metered like any policy. */
export async function runCase(
  engine: HostedEngine,
  { wasm, compile_error: refused, data, input }: Case,
): Promise<Observed> {
  if (wasm === null) return { fault: "compile", detail: refused ?? "OPA's compiler gave no module" };
  try {
    const policy = await engine.prepare(Buffer.from(wasm, "base64"), data ?? {});
    const entrypoint = policy.entrypoints[0] ?? "";
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    return { rows: policy.ask({ entrypoint, text: input, format: "value", nowNs }).text };
  } catch (error) {
    if (error instanceof PolicyFault) return { fault: error.code, detail: error.message };
    return { fault: "prepare", detail: error instanceof Error ? error.message : String(error) };
  }
}
