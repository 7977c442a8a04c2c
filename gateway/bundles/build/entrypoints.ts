import type { LogRule } from "../../domain/ports.ts";
import type { ModuleTexts } from "../rule-checks/modules.ts";

/** What the gateway asks of every policy. */
export const ENTRYPOINTS = ["sallyport/main/decision", "sallyport/main/visible", "sallyport/main/result"] as const;

/** What OPA asks for each decision that it logs (https://www.openpolicyagent.org/docs/management-decision-logs), where a policy has it. */
export const LOG_ENTRYPOINTS: Readonly<Record<LogRule, string>> = {
  mask: "system/log/mask",
  drop: "system/log/drop",
};

const ofLog = /^package[ \t]+system\.log[ \t\r]*(?:#.*)?$/m;
const heads: Readonly<Record<LogRule, RegExp>> = {
  mask: /^(?:default[ \t]+)?mask\b/m,
  drop: /^(?:default[ \t]+)?drop\b/m,
};

/** The rules about the log that modules have. OPA compiles no entrypoint that is not there, so it is found out before. */
export function logRulesIn(modules: ModuleTexts): LogRule[] {
  const texts = Object.entries(modules)
    .filter(([path, text]) => !path.endsWith("_test.rego") && ofLog.test(text))
    .map(([, text]) => text);
  return (Object.keys(heads) as LogRule[]).filter((name) => texts.some((text) => heads[name].test(text)));
}
