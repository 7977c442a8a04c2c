import { Refusal } from "../domain/errors.ts";
import { serverOf } from "../domain/lease.ts";
import type { LeaseWish } from "./read-wish.ts";

/** What a task can be about in this configuration. */
export interface KnownNames {
  readonly servers: ReadonlySet<string>;
  /** `Subject.issuer` of callers. */
  readonly issuers: ReadonlySet<string>;
}

/** Most names that a refusal lists. */
const mostListed = 10;

/**
 * Looks at what is asked for alone: a task that is there stays what it is when a server or an issuer is removed, and so does what a part
 * takes over from it.
 * @throws Refusal task_invalid that names the first place, and what is known
 */
export function assertKnown({ tools = [], agents = [] }: LeaseWish, { servers, issuers }: KnownNames): void {
  tools.forEach((pattern, at) => {
    if (!servers.has(serverOf(pattern))) unknown(`/tools/${at}`, "no route has this server", servers);
  });
  agents.forEach(({ issuer }, at) => {
    if (issuer !== undefined && !issuers.has(issuer))
      unknown(`/agents/${at}/issuer`, "is no issuer of this configuration", issuers);
  });
}

function unknown(pointer: string, why: string, known: ReadonlySet<string>): never {
  const names = [...known].toSorted();
  const rest = names.length > mostListed ? ` and ${names.length - mostListed} more` : "";
  const listed = names.length === 0 ? "none" : `${names.slice(0, mostListed).join(", ")}${rest}`;
  throw new Refusal("task_invalid", { hint: `${pointer}: ${why}; known: ${listed}`.slice(0, 500) });
}
