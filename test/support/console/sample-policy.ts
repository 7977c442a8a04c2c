import type { PolicyStatus, RuleInfo } from "../../../gateway/domain/ports.ts";

export const sampleRules: readonly RuleInfo[] = [
  ["approval/irreversible", "Irreversible actions need a person", "IRREVERSIBLE_NEEDS_APPROVAL", 21],
  ["access/entitlement", "A role must name the tool", "NO_ENTITLEMENT", 14],
  ["chain/exfiltration", "Private data does not leave", "EXFILTRATION_CHAIN", 30],
].map(([rule, title, code, line]) => ({
  rule: String(rule),
  title: String(title),
  code: String(code),
  line: Number(line),
  file: `sallyport/rules/${rule}/${String(rule).split("/")[1]}.rego`,
  description: "",
  severity: "medium" as const,
  controls: ["ASI02"],
  owner: "security",
}));

export const healthyPolicy = (now: number): PolicyStatus => ({
  active: {
    revision: "2f9c1e7ab4d05c88",
    digest: "sha256:9b74c9897bac770ffc029102a200c5de",
    activated_at: now - 3_600_000,
    source: "rego/",
  },
  building: null,
  failure: null,
  warnings: [],
  faults: [],
});
