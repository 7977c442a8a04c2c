import type { Verb } from "../common/verb.ts";
import { list, show, watch } from "./approvals.ts";
import { receipts, verify } from "./receipts.ts";
import { approve, deny } from "./vote.ts";

/** In the order of the help text. */
export const verbs: readonly Verb[] = [list, show, approve, deny, watch, receipts, verify];
