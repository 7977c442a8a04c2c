import type { VoteMethod } from "../approval.ts";
import type { JsonObject } from "../../lib/json.ts";

/** Who decides, from the authenticated session alone; never from a request body. */
export interface Approver {
  /** Of their account: issuer and subject in one. */
  readonly id: string;
  /** What people call them today; no key. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Other names of the same person, as callers and tokens may know them. */
  readonly also: readonly string[];
  readonly method: VoteMethod;
  /** What stands for the method; null when the session alone does. */
  readonly evidence: JsonObject | null;
}

/** Who people are today: a role that was taken away counts no longer, whenever the vote was cast. */
export interface People {
  /** Null for somebody who may no longer sign in. */
  current(id: string): Pick<Approver, "name" | "roles" | "teams" | "also"> | null;
}
