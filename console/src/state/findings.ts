import { signal } from "@preact/signals";
import type { HealthReport } from "../api/types.ts";

const everyMs = 15_000;
const everyMsUnready = 3_000;

/** Findings of the gateway, without those of the policy, which have a live banner of their own. */
export const findings = signal<HealthReport["findings"]>([]);

/** The gateway answers, and says that it is not ready. */
export const unready = signal(false);

async function look(): Promise<void> {
  // Not ready is 503, with the same body.
  const answer = await fetch("/readyz");
  const report = (await answer.json()) as HealthReport;
  findings.value = report.findings.filter(({ name }) => name !== "policy" && !name.startsWith("policy-"));
  unready.value = !answer.ok;
}

/** While the gateway cannot be reached, the last findings stay; the header shows the lost connection. */
export async function lookForFindings(): Promise<void> {
  await look().catch(() => (unready.value = false));
}

/** Polls the findings, more often while the gateway is not ready. Returns a function that stops it. */
export function watchFindings(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  async function lookWhileVisible(): Promise<void> {
    if (document.visibilityState === "visible") await lookForFindings();
    if (!isStopped) timer = setTimeout(() => void lookWhileVisible(), unready.value ? everyMsUnready : everyMs);
  }
  void lookWhileVisible();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
