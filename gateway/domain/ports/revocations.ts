import type { Revocable, Revocation } from "../revocation.ts";

export interface RevocationStore {
  add(revocation: Revocation): void;
  /** False when there is none with this id. */
  lift(id: string): boolean;
  list(): Revocation[];
  /** True when another process wrote to the store since the last look. */
  changedElsewhere(): boolean;
}

/** What ends access before its time; asked on every call. */
export interface Revocations {
  /** The first that stands against this call; null when nothing does. */
  against(call: Revocable): Revocation | null;
  list(): KeptRevocation[];
  /** In force when it returns, whatever becomes of the store; what is held under it has ended when it is durable. */
  revoke(wanted: Omit<Revocation, "id" | "at">): KeptRevocation;
  /** @throws Refusal revocation_unknown */
  lift(id: string, by: string): void;
  /** Makes durable what is not yet. @throws when the store still cannot be written */
  keep(): void;
}

export interface KeptRevocation extends Revocation {
  /** False while it is in force in this process only, and a restart would end it: the store could not be written. */
  readonly durable: boolean;
}
