import type { Check } from "./check.ts";
import { histories } from "./evidence/histories.ts";
import { mutations } from "./evidence/mutations.ts";
import { shipping } from "./evidence/shipping.ts";
import { speed } from "./evidence/speed.ts";

/**
 * A log that was changed is found out by both verifiers, and one that was not holds, whatever happened to its gateway. What is in it
 * arrives where it is sent.
 */
export const evidenceChecks: readonly Check[] = [mutations, histories, shipping, speed];
