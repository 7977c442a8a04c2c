import * as opaWasm from "@open-policy-agent/opa-wasm";
import { redirects as hostRedirects, registry } from "../../../gateway/decide/builtins/registry.ts";
import { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import { planRedirects } from "../../../gateway/decide/host/implementations.ts";
import { defaultLimits } from "../../../gateway/decide/host/limits.ts";
import { prepareModule } from "../../../gateway/decide/host/prepare.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { PolicyInput } from "../../../gateway/domain/policy-input.ts";
import { type BuiltPolicy, policyPath } from "../world/policy.ts";
import { cedarEngine } from "./cedar.ts";
import { meteredModule, unmeteredModule } from "./unmetered.ts";

/** From the document as an object to the effect, in this thread. */
export interface Engine {
  readonly name: string;
  evaluate(document: PolicyInput["document"]): string;
}

type Answer = readonly { readonly result: { readonly effect: string } }[];

/** What can be measured in this process. */
export async function engines({ wasm, data, projections }: BuiltPolicy): Promise<Engine[]> {
  const redirects = planRedirects(hostRedirects);
  // Wide enough for the largest input; the checks themselves stay.
  const limits = { ...defaultLimits, fuel: 100_000_000, inputBytes: 1024 * 1024, inputKeys: 100_000 };
  const prepared = await prepareModule(wasm, data as JsonObject, { limits, registry, redirects });
  const unmetered = await WebAssembly.compile(unmeteredModule(meteredModule(wasm, redirects)));
  return [
    hosted("own host", new HostedPolicy(prepared, limits, projections)),
    hosted("own host without fuel", new HostedPolicy({ ...prepared, module: unmetered }, limits, projections)),
    hosted("own host, whole input", new HostedPolicy(prepared, limits)),
    await stockSdk(wasm, data),
    cedarEngine(),
  ];
}

function hosted(name: string, policy: HostedPolicy): Engine {
  return {
    name,
    evaluate: (document) => effectOf(policy.evaluate(policyPath, inputOf(document)).results),
  };
}

/** As the gateway's own: the whole text is made when somebody asks for it. */
function inputOf(document: PolicyInput["document"]): PolicyInput {
  return {
    document,
    get text() {
      return JSON.stringify(document);
    },
  };
}

interface Sdk {
  loadPolicy(wasm: Uint8Array): Promise<{ setData(data: object): void; evaluate(input: object): unknown }>;
}

async function stockSdk(wasm: Uint8Array, data: object): Promise<Engine> {
  // Its declarations name the exports of the CommonJS build; as an ECMAScript module it has them on `default`.
  const policy = await (opaWasm as unknown as { readonly default: Sdk }).default.loadPolicy(wasm);
  policy.setData(data);
  return { name: "stock SDK", evaluate: (document) => effectOf(policy.evaluate(document)) };
}

function effectOf(results: unknown): string {
  return (results as Answer)[0]?.result.effect ?? "undefined";
}
