import type { ServedBundleStatus } from "../domain/bundle-service.ts";
import type { Finding, PolicyStatus } from "../domain/ports.ts";
import { stageWords } from "./bundle-state.ts";
import { askedBundles } from "./entry.ts";

/**
 * Bundles whose newest is not active, bundles whose server has not confirmed them for too long, and decisions that a discovered document
 * wants sent.
 */
export function servedFindings(policy: Pick<PolicyStatus, "discovery" | "served">): Finding[] {
  const ofBundles = askedBundles(policy).flatMap((status) => [...failureFinding(status), ...staleFinding(status)]);
  return policy.discovery?.logsUnsent === true ? [...ofBundles, unsentLogs] : ofBundles;
}

const unsentLogs: Finding = {
  name: "policy-discovered-logs",
  problem: "the discovered configuration has decision_logs, which is not followed: no decision is sent by it",
  fix: "write a destination `to: opa` of record.ship in sallyport.yaml, or decision_logs in the file of --opa-config; or take it out of the document",
  severity: "degraded",
};

function failureFinding({ name, service, failure }: ServedBundleStatus): Finding[] {
  if (failure === null) return [];
  const { stage, message, since, unsigned } = failure;
  const problem = `bundle ${name} of ${service} is ${stageWords[stage]} since ${iso(since)}: ${message}`;
  return [{ name: "policy-bundle", problem, fix: fixOf(stage, unsigned), severity: "degraded" }];
}

function fixOf(stage: keyof typeof stageWords, unsigned: boolean): string {
  if (unsigned)
    return `have the server send a bundle that is signed as its signing wants it; ${stage === "kept" ? "none of it judges until then" : "the last good one stays active"}`;
  if (stage === "kept") return "have the server send it again, which replaces the file; none of it judges until then";
  if (stage === "persist") return "make room in the data folder; the bundle judges, and is kept once it can be";
  if (stage === "activate") return "have the server send a bundle that fits; the last good policy stays active";
  return "mend the server or the way to it; it is asked again by itself, and the last good policy stays active";
}

function staleFinding({ name, service, confirmedAt, stale }: ServedBundleStatus): Finding[] {
  if (stale === "no") return [];
  const since =
    confirmedAt === null ? "has not been confirmed since the start" : `was last confirmed at ${iso(confirmedAt)}`;
  const refused = stale === "denies" ? "; every call is refused (policy_stale)" : "";
  return [
    {
      name: "policy-stale",
      problem: `bundle ${name} ${since} by ${service}, which is longer ago than max_stale${refused}`,
      fix: "mend the server or the way to it; /readyz is well again once it has confirmed the bundle",
      severity: stale === "denies" ? "unready" : "degraded",
    },
  ];
}

const iso = (at: number): string => new Date(at).toISOString();
