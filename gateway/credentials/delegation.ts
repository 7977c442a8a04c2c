import type { Subject } from "../domain/subject.ts";

/** Who acts, in the words of RFC 8693 §4.1: the person as `sub`, those who act for them as `act`, the last one outermost. */
export interface DelegationClaims {
  readonly sub: string;
  readonly act?: Actor;
}

interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

export function delegationOf({ id, actingFor, actorChain }: Subject): DelegationClaims {
  if (actingFor === null) return { sub: id };
  const chain = actorChain.length === 0 ? [id] : actorChain;
  const act = chain.reduceRight<Actor | undefined>(
    (inner, sub) => (inner === undefined ? { sub } : { sub, act: inner }),
    undefined,
  );
  return { sub: actingFor.id, ...(act === undefined ? {} : { act }) };
}
