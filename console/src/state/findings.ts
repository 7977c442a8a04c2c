import { signal } from "@preact/signals";
import type { HealthReport } from "../api/types.ts";

const everyMs = 15_000;
const everyMsUnready = 3_000;

/** Findings of the gateway, without those of the policy, which have a live banner of their own. */
export const findings = signal<HealthReport["findings"]>([]);

/** The gateway answers, and says that it is not ready. */
export const unready = signal(false);

const answersWithinMs = 5_000;
const betweenLooksMs = 1_000;

async function look(): Promise<void> {
  // Not ready is 503, with the same body.
  const answer = await fetch("/readyz", { signal: AbortSignal.timeout(answersWithinMs) });
  const report = (await answer.json()) as HealthReport;
  findings.value = report.findings.filter(({ name }) => name !== "policy" && !name.startsWith("policy-"));
  unready.value = !answer.ok;
}

let isWatched = false;
let isLooking = false;
let lookedAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

function lookIn(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(lookForFindings, ms);
}

/**
 * Looks now, or a second after the last look; one at a time, and not while the page is hidden. While the gateway cannot be reached, the last
 * findings stay; the header shows the lost connection.
 */
export function lookForFindings(): void {
  if (!isWatched || isLooking || document.visibilityState !== "visible") return;
  const tooSoonMs = lookedAt + betweenLooksMs - performance.now();
  if (tooSoonMs > 0) return lookIn(tooSoonMs);
  isLooking = true;
  lookedAt = performance.now();
  void look()
    .catch(() => (unready.value = false))
    .finally(() => {
      isLooking = false;
      if (isWatched) lookIn(unready.value ? everyMsUnready : everyMs);
    });
}

/** Polls the findings, more often while the gateway is not ready. Returns a function that stops it. */
export function watchFindings(): () => void {
  isWatched = true;
  lookForFindings();
  document.addEventListener("visibilitychange", lookForFindings);
  return () => {
    isWatched = false;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", lookForFindings);
  };
}
