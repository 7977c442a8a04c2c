import { signal } from "@preact/signals";
import type { HealthReport } from "../api/types.ts";

const everyMs = 15_000;

/** What is wrong with the gateway, without the policy's part: that has a banner of its own, which is live. */
export const findings = signal<HealthReport["findings"]>([]);

async function look(): Promise<void> {
  // Not ready is 503, with the same body.
  const answer = await fetch("/readyz");
  const report = (await answer.json()) as HealthReport;
  findings.value = report.findings.filter(({ name }) => name !== "policy" && !name.startsWith("policy-"));
}

/** Looks now and then how the gateway is. Returns how to end. */
export function watchFindings(): () => void {
  const lookWhileVisible = (): void => {
    // What was said last stands while the gateway is not reached; the header tells that it is not.
    if (document.visibilityState === "visible") void look().catch(() => null);
  };
  lookWhileVisible();
  const timer = setInterval(lookWhileVisible, everyMs);
  return () => clearInterval(timer);
}
