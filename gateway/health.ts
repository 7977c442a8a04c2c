import type { Bundles, Finding, FindingSource, HealthReport } from "./domain/ports.ts";

/** Fit for traffic, and everything that is wrong, those that stop traffic first. */
export function healthReport(sources: readonly FindingSource[]): HealthReport {
  const findings = sources.flatMap((source) => source.findings());
  const unready = findings.filter(({ severity }) => severity === "unready");
  const degraded = findings.filter(({ severity }) => severity === "degraded");
  return { ready: unready.length === 0, findings: [...unready, ...degraded] };
}

/** No policy active, or an edit that did not become active. */
export function policyFindings(bundles: Pick<Bundles, "status">): Finding[] {
  const { active, failure } = bundles.status();
  const findings: Finding[] = [];
  if (active === null)
    findings.push({
      name: "policy",
      problem: "no policy is active",
      fix: "mend what the log names",
      severity: "unready",
    });
  if (failure !== null) {
    const fix =
      failure.stage === "verify" ? "put a bundle in place that is signed as policy.signing wants it" : "mend the edit";
    findings.push({
      name: "policy-edit",
      problem: failure.message,
      fix: `${fix}; the last good policy stays active`,
      severity: "degraded",
    });
  }
  return findings;
}
