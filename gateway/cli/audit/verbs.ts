import type { Verb } from "../common/verb.ts";
import { prove } from "./prove.ts";
import { report } from "./report.ts";
import { rotateKey } from "./rotate-key.ts";
import { verifyProofs } from "./verify-proof.ts";
import { verify } from "./verify.ts";
import { witness } from "./witness.ts";

/** In the order of the help text. */
export const verbs: readonly Verb[] = [verify, prove, verifyProofs, report, rotateKey, witness];
