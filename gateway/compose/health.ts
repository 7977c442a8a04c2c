import type { Bundles, Finding, Logger, NotedFault, PolicyFailure, PolicyPin, PolicyStatus } from "../domain/ports.ts";
import { notApplied } from "../bundles/failure.ts";
import { askedBundles } from "../bundle-services/entry.ts";
import type { Metrics } from "../record/metrics/metrics.ts";

/** No policy active, an edit that did not become active, rules that nobody asks, and rules that gave no usable answer. */
export function policyFindings(bundles: Pick<Bundles, "status">): Finding[] {
  const { active, failure, building, warnings, faults, pinned, historyProblem } = bundles.status();
  const findings: Finding[] = [];
  if (active === null)
    findings.push({
      name: "policy",
      problem: "no policy is active",
      fix: "mend what the log names",
      severity: "unready",
    });
  if (failure !== null) findings.push(failedEdit(failure));
  if (pinned !== undefined) findings.push(pinnedFinding(pinned));
  if (historyProblem !== undefined) findings.push(historyFinding(historyProblem));
  if (building !== null)
    findings.push({
      name: "policy-build",
      problem: `edit of ${building.edited} is not applied yet: its build runs since ${new Date(building.since).toISOString()}`,
      fix: "wait, or see what keeps opa busy; after policy.build_timeout it is ended and tried again",
      severity: "degraded",
    });
  if (warnings.length > 0)
    findings.push({
      name: "policy-rules",
      problem: warnings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"),
      fix: "mend or remove what the lines name; `sallyport policy check` lists them too",
      severity: "degraded",
    });
  if (faults.length > 0)
    findings.push({
      name: "policy-faults",
      problem: faults.map(faultLine).join("\n"),
      fix: "mend the rule; `sallyport policy check` tries the policy with many calls",
      severity: "degraded",
    });
  return findings;
}

/** Since when an edit is not applied, because it failed or its build is slow, in milliseconds since the epoch; null: all are. */
export function unappliedSince({ failure, building }: Pick<PolicyStatus, "failure" | "building">): number | null {
  return failure?.since ?? building?.since ?? null;
}

/** Counts activations and failed edits, and tells when a failed edit was mended; what failed is told where it fails. */
export function watchPolicy(bundles: Bundles, metrics: Metrics, logger: Logger): void {
  let failed = false;
  metrics.policyActive(() => bundles.status().active?.activated_at ?? null);
  metrics.policyUnapplied(() => unappliedSince(bundles.status()));
  metrics.policyWaiting(() => bundles.status().waiting?.impact?.widened ?? 0);
  metrics.servedBundles(() => askedBundles(bundles.status()));
  bundles.watch(({ active, failure }) => {
    if (failure === null) metrics.policyActivated();
    else metrics.policyFailed(failure.stage);
    if (failed && failure === null) logger.info("the policy was mended", { revision: active?.revision });
    failed = failure !== null;
  });
}

const fixes: Partial<Record<PolicyFailure["stage"], string>> = {
  verify: "put a bundle in place that is signed as policy.signing wants it",
  require: "fulfil what policy.require asks for",
};

function failedEdit(failure: PolicyFailure): Finding {
  const { stage, message, retried } = failure;
  const fix = fixes[stage] ?? "mend the edit";
  return {
    name: "policy-edit",
    problem: `${notApplied(failure)}: ${message}`,
    fix: `${retried && stage !== "verify" ? "mend the cause; it is tried again by itself" : fix}; the last good policy stays active`,
    severity: "degraded",
  };
}

function historyFinding(problem: string): Finding {
  const fix = "look at the folder policy-history in data_dir; calls are judged by what is active";
  return { name: "policy-history", problem, fix, severity: "degraded" };
}

/** Without the reason: it is free text, and `/readyz` needs no session. `policy history` tells it. */
function pinnedFinding({ revision, since, by }: PolicyPin): Finding {
  return {
    name: "policy-pinned",
    problem: `pinned to revision ${revision} since ${new Date(since).toISOString()} by ${by}: edits of the sources are not active`,
    fix: "`sallyport policy activate latest` goes by the sources again",
    severity: "degraded",
  };
}

function faultLine({ place, code, detail, count, latest }: NotedFault): string {
  const at = place === null ? "" : `${place.file}:${place.line}: `;
  const times = count === 1 ? "one evaluation" : `${count} evaluations`;
  return `${at}${code} in ${times}, the latest at ${new Date(latest).toISOString()}: ${detail}`;
}
