import type { CredentialWish } from "../domain/ports.ts";
import { noAccess, type Revocable, RevocableCall } from "../domain/revocable.ts";
import { resourceId } from "../domain/tool-call.ts";

/** By what the access that a credential is made for can be ended: a plain value, to be kept as long as the credential. */
export function userOf({ call, subject, session, task }: CredentialWish): Revocable {
  const of = new RevocableCall(subject, call, session, task);
  const { issuer, actingFor, behind, client, key, certificate, sessionTrust, tool, server, tasksAbove } = of;
  // A trace is another for each call, unless it is what names the session.
  const sessions = [...new Set(of.sessions)]
    .filter((name) => name !== call.declaredTrace || name === session.id)
    .toSorted();
  return {
    issuer,
    subject: of.subject,
    actingFor,
    behind,
    client,
    key,
    certificate,
    sessions,
    sessionTrust,
    task: of.task,
    tasksAbove,
    tool,
    server,
    token: of.token,
  };
}

/** The same for a credential that all callers share: it ends with the tool or its server alone. */
export function everybodysUse({ call }: CredentialWish): Revocable {
  return { ...noAccess, tool: resourceId(call), server: call.route.server };
}
