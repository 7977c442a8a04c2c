import { grantRace } from "./approvals/grant-race.ts";
import { kills } from "./approvals/kills/kills.ts";
import { manyHeld } from "./approvals/many-held.ts";
import { clocks } from "./approvals/model/clocks.ts";
import { interleavings } from "./approvals/model/interleavings.ts";
import { quorum } from "./approvals/model/quorum.ts";
import { boundFields } from "./approvals/fields/bound-fields.ts";
import { releaseRace } from "./approvals/race.ts";
import { reloads } from "./approvals/reloads.ts";
import type { Check } from "./check.ts";

/** What people approved runs once, as they saw it, and nothing else runs because of it. */
export const approvalChecks: readonly Check[] = [
  clocks,
  quorum,
  interleavings,
  boundFields,
  releaseRace,
  grantRace,
  manyHeld,
  reloads,
  kills,
];
