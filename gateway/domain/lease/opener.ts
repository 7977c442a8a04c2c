import type { Subject } from "../subject.ts";
import type { LeaseChain } from "./fact.ts";
import { isServed, type LeaseOpener, mayUse } from "./lease.ts";

/**
 * Whether this caller opened the task or one above: with the same issuer, id and client, whichever token it has now. An agent opens for
 * whom it acts, so it has opened nothing that serves somebody else; an orchestrator opens for others.
 */
export function hasOpened(chain: LeaseChain, subject: Subject): boolean {
  const [{ lease }] = chain;
  const served = isServed(lease, subject);
  return chain.some(({ lease: { opener } }) => isOpener(opener, subject) && (served || opener.kind === "client"));
}

/** Whether this caller is told of the task. Who acts in a task sees that one and its parts. */
export function maySee(chain: LeaseChain, subject: Subject): boolean {
  if (subject.task !== null && !chain.some(({ lease }) => lease.id === subject.task)) return false;
  const [{ lease: own }] = chain;
  return hasOpened(chain, subject) || (isServed(own, subject) && chain.some(({ lease }) => mayUse(lease, subject)));
}

/** People open and close in the console: no caller is taken for one of the same name. */
function isOpener(opener: LeaseOpener, { issuer, id, clientId }: Subject): boolean {
  return opener.kind !== "person" && opener.issuer === issuer && opener.id === id && opener.client === clientId;
}
