import type { Facts } from "../../domain/facts.ts";
import { type Revocable, RevocableCall, RevocableCarrier } from "../../domain/revocation.ts";
import type { Subject } from "../../domain/subject.ts";
import type { ToolCall } from "../../domain/tool-call.ts";

/** By whose access a call runs. */
export interface CallAccess {
  readonly subject: Subject;
  readonly facts: Pick<Facts, "session" | "task">;
  /** Ids of the connections of people whose credentials it carries. */
  readonly connections: readonly string[];
  /** When its request path began, on the monotonic clock in milliseconds. */
  readonly since: number;
}

/** What ends it. */
export function revocableOf(call: ToolCall, { subject, facts, connections }: CallAccess): Revocable {
  const of = [subject, call, facts.session, facts.task] as const;
  return connections.length === 0 ? new RevocableCall(...of) : new RevocableCarrier([...of], connections);
}
