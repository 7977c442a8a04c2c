import type { Clock, PreparedPolicy } from "../../domain/ports.ts";
import type { Archive } from "../archive/archive.ts";
import type { Compiled } from "../build/compile.ts";
import { readsHistory, readsProvenance, readsRisk } from "../projection/may-read.ts";
import { BundlePolicy, PolicyFaults } from "./active-policy.ts";
import { silentLogger } from "../../lib/silent-logger.ts";

/** What of an archive such a policy is made of; plain data. */
export type JudgingArchive = Pick<Archive, "revision" | "digest" | "data" | "projections" | "results" | "exports">;

/** A policy that is asked about calls and never active: nothing is logged of its faults and prints. */
export function judgingPolicy(
  archive: JudgingArchive,
  prepared: PreparedPolicy,
  { rules, warnings }: Pick<Compiled, "rules" | "warnings">,
  clock: Pick<Clock, "now">,
): BundlePolicy {
  const { revision, digest, data, projections, results, exports } = archive;
  return new BundlePolicy({
    revision,
    digest,
    activatedAt: clock.now(),
    rules,
    results,
    exports,
    warnings,
    data,
    prepared,
    readsProvenance: readsProvenance(projections),
    readsHistory: readsHistory(projections),
    readsRisk: readsRisk(projections),
    faults: new PolicyFaults(revision, { clock, logger: silentLogger }),
    prints: null,
  });
}
