import { signal } from "@preact/signals";
import type { HealthReport } from "../api/types.ts";

const everyMs = 15_000;

/** Findings of the gateway, without those of the policy, which have a live banner of their own. */
export const findings = signal<HealthReport["findings"]>([]);

async function look(): Promise<void> {
  // Not ready is 503, with the same body.
  const answer = await fetch("/readyz");
  const report = (await answer.json()) as HealthReport;
  findings.value = report.findings.filter(({ name }) => name !== "policy" && !name.startsWith("policy-"));
}

/** Polls the findings. Returns a function that stops it. */
export function watchFindings(): () => void {
  const lookWhileVisible = (): void => {
    // While the gateway cannot be reached, the last findings stay; the header shows the lost connection.
    if (document.visibilityState === "visible") void look().catch(() => null);
  };
  lookWhileVisible();
  const timer = setInterval(lookWhileVisible, everyMs);
  return () => clearInterval(timer);
}
