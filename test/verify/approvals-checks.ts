import { grantRace } from "./approvals/grant-race.ts";
import { kills } from "./approvals/kills/kills.ts";
import { releaseRace } from "./approvals/race.ts";
import type { Check } from "./check.ts";

/** What people approved runs once, as they saw it, and nothing else runs because of it. */
export const approvalChecks: readonly Check[] = [releaseRace, grantRace, kills];
