import type { Finding, PolicyStatus } from "../../domain/ports.ts";

/** What is wrong with the candidate. Live calls go on in any case. `ended`: why there is no thread that judges; null: there is one. */
export function shadowFindings({ failure }: PolicyStatus, ended: string | null): Finding[] {
  if (ended !== null)
    return [
      finding(
        `no call is judged by the candidate of policy.shadow: ${ended}`,
        "it starts again by itself; see the log",
      ),
    ];
  if (failure === null) return [];
  const { edited, since, message } = failure;
  const what = edited === null ? "the candidate is not read" : `its edit of ${edited} is not judged`;
  return [
    finding(
      `policy.shadow: ${what} since ${new Date(since).toISOString()}: ${message}`,
      "mend the candidate, or remove policy.shadow; calls are judged by the active policy as before",
    ),
  ];
}

function finding(problem: string, fix: string): Finding {
  return { name: "policy-shadow", problem, fix, severity: "degraded" };
}
