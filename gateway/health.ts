import type { Bundles, Finding, FindingSource, HealthReport, PolicyFailure } from "./domain/ports.ts";

/** Fit for traffic, and everything that is wrong, those that stop traffic first. */
export function healthReport(sources: readonly FindingSource[]): HealthReport {
  const findings = sources.flatMap(findingsOf);
  const unready = findings.filter(({ severity }) => severity === "unready");
  const degraded = findings.filter(({ severity }) => severity === "degraded");
  return { ready: unready.length === 0, findings: [...unready, ...degraded] };
}

/** A component that cannot even say what is wrong with it. */
function findingsOf(source: FindingSource): readonly Finding[] {
  try {
    return source.findings();
  } catch (failure) {
    return [
      {
        name: "health",
        problem: `what is wrong cannot be found out: ${String(failure)}`,
        fix: null,
        severity: "unready",
      },
    ];
  }
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
  if (failure !== null) findings.push(failedEdit(failure));
  return findings;
}

function failedEdit({ stage, message, edited, retried, since }: PolicyFailure): Finding {
  const what = edited === null ? "policy source not read" : `edit of ${edited} not applied`;
  const fix = stage === "verify" ? "put a bundle in place that is signed as policy.signing wants it" : "mend the edit";
  return {
    name: "policy-edit",
    problem: `${what} since ${new Date(since).toISOString()}: ${message}`,
    fix: `${retried && stage !== "verify" ? "mend the cause; it is tried again by itself" : fix}; the last good policy stays active`,
    severity: "degraded",
  };
}
