import type { Check } from "../check.ts";
import { replicas, underLoad } from "./under-load.ts";

/**
 * Three gateways on one database behind a load balancer that honours readiness. Each is stopped and started again, one after the
 * other, while agents call, wait for people and listen, and people work at the console: no request fails, and no held call is lost.
 */
export const rollingRestart: Check = {
  name: "rolling-restart",
  full: 10,
  quick: 1,
  run: ({ count, progress }) =>
    underLoad({}, async ({ restart }) => {
      for (let round = 0; round < count; round++) {
        for (let at = 0; at < replicas; at++) await restart(at, `${round}-${at}`);
        progress(round + 1);
      }
      return count * replicas;
    }),
};
