import { hash } from "node:crypto";
import type { DeliveryLimits } from "../domain/channel.ts";

/**
 * How long to wait after the `attempts`-th failure: doubling, at most `longestRetryMs`, and the second half of it spread
 * by the letter's own id, so that letters that failed together do not come back together.
 */
export function retryDelayMs(id: string, attempts: number, limits: DeliveryLimits): number {
  const whole = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** (attempts - 1));
  const spread = Number.parseInt(hash("sha256", `${id}\n${attempts}`, "hex").slice(0, 8), 16) / 0xffffffff;
  return Math.round(whole * (0.5 + spread / 2));
}
