import { nativeFunctions } from "../host/implementations.ts";
import { registry } from "./registry.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Builtins that OPA's compiler resolves itself: nothing of them reaches the module. */
export const COMPILED_AWAY: ReadonlySet<string> = new Set([
  "assign",
  "eq",
  "internal.test_case",
  "print",
  "rego.metadata.chain",
  "rego.metadata.rule",
]);

/** Language features that policies here may use; `rego_v2` changes what a policy without imports means. */
const FEATURES: ReadonlySet<string> = new Set(["keywords_in_refs", "rego_v1", "template_strings"]);

interface Capabilities {
  readonly builtins: readonly { readonly name: string }[];
  readonly features?: readonly string[];
  readonly [member: string]: unknown;
}

export function isSupported(name: string): boolean {
  return registry.has(name) || Object.hasOwn(nativeFunctions, name) || COMPILED_AWAY.has(name);
}

/**
 * The capabilities file for `opa build --capabilities`.
 * @param declared what `opa capabilities --current` prints
 */
export function capabilitiesText(declared: string): string {
  const current = parseJson(declared) as Capabilities;
  const builtins = current.builtins.filter(({ name }) => isSupported(name));
  const features = (current.features ?? []).filter((feature) => FEATURES.has(feature));
  return `${JSON.stringify({ ...current, builtins, features, allow_net: [] }, null, 2)}\n`;
}
