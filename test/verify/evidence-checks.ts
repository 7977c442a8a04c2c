import type { Check } from "./check.ts";
import { brokenMasks } from "./evidence/faults/broken-masks.ts";
import { fileFaultsCheck } from "./evidence/faults/file-faults.ts";
import { storeFaultsCheck } from "./evidence/faults/store-faults.ts";
import { histories } from "./evidence/histories.ts";
import { mutations } from "./evidence/mutations.ts";
import { shipping } from "./evidence/shipping.ts";
import { speed } from "./evidence/speed.ts";

/**
 * A log that was changed is found out by both verifiers, and one that was not holds, whatever happened to its gateway. What is in it
 * arrives where it is sent. Whatever happens to the files of log and store, no call goes on without its record.
 */
export const evidenceChecks: readonly Check[] = [
  ...[mutations, histories, speed],
  ...[fileFaultsCheck, storeFaultsCheck, brokenMasks, shipping],
];
