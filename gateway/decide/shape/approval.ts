import type { ApproverProof, GrantScope } from "../../domain/decision.ts";
import { arrayOf, exactObject, flag, misshapen, oneOf, positiveInteger, text } from "./fields.ts";

const KEYS = ["require", "distinct_from", "approve_within", "execute_within", "justification", "scope", "summary"];
const PROOFS: readonly string[] = ["session", "reauthenticated", "passkey"] satisfies ApproverProof[];
const KINDS: readonly string[] = ["uses", "session", "task", "until"] satisfies GrantScope["kind"][];

/** A hold says what it waits for; nothing else may ask people for anything. @throws Misshapen */
export function checkApproval(value: unknown, held: boolean): void {
  if (!held) {
    if (value !== null) throw misshapen("approval", "null unless the effect is hold");
    return;
  }
  const approval = exactObject(value, KEYS, "approval", ["proof"]);
  arrayOf(approval["require"], checkQuorum, "approval/require");
  // Without anyone to ask, nobody could release it, or anybody.
  if ((approval["require"] as readonly unknown[]).length === 0) throw misshapen("approval/require", "filled");
  arrayOf(
    approval["distinct_from"],
    (item, where) => oneOf(item, ["acting_for", "agent_owner"], where),
    "approval/distinct_from",
  );
  positiveInteger(approval["approve_within"], "approval/approve_within");
  positiveInteger(approval["execute_within"], "approval/execute_within");
  flag(approval["justification"], "approval/justification");
  checkScope(approval["scope"]);
  if (Object.hasOwn(approval, "proof")) oneOf(approval["proof"], PROOFS, "approval/proof");
  text(approval["summary"], "approval/summary");
}

function checkQuorum(value: unknown, where: string): void {
  const quorum = exactObject(value, ["role", "count"], where, ["outside_team"]);
  text(quorum["role"], `${where}/role`);
  positiveInteger(quorum["count"], `${where}/count`);
  if (Object.hasOwn(quorum, "outside_team")) text(quorum["outside_team"], `${where}/outside_team`);
}

/** Every scope wider than one call has an end by count and by time. */
function checkScope(value: unknown): void {
  if (value === "once") return;
  const scope = exactObject(value, ["kind", "uses", "seconds", "same"], "approval/scope");
  oneOf(scope["kind"], KINDS, "approval/scope/kind");
  positiveInteger(scope["uses"], "approval/scope/uses");
  positiveInteger(scope["seconds"], "approval/scope/seconds");
  if (scope["same"] !== "arguments") arrayOf(scope["same"], checkPointer, "approval/scope/same");
}

function checkPointer(value: unknown, where: string): void {
  if (typeof value !== "string" || !value.startsWith("/")) throw misshapen(where, "a JSON pointer");
}
