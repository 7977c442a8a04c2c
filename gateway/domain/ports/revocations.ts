import type { Revocable, Revocation } from "../revocation.ts";

export interface RevocationStore {
  /** Nothing happens when it is there already. */
  add(revocation: Revocation): Promise<void>;
  /** False when there is none with this id. */
  lift(id: string): Promise<boolean>;
  /** Oldest first. */
  list(): Promise<Revocation[]>;
  /** True when another process may have written to the store since the last look. Looks at memory only. */
  changedElsewhere(): boolean;
}

/** What ends access before its time; asked on every call. */
export interface Revocations {
  /**
   * Brings what other processes have revoked and lifted so far into memory; null when nothing has to be read. On every call
   * before `against`. Rejects when the store cannot be read, and the call is refused.
   */
  refresh(): Promise<void> | null;
  /** The first that stands against this call, from memory; null when nothing does. */
  against(call: Revocable): Revocation | null;
  list(): Promise<KeptRevocation[]>;
  /**
   * In force in this process before the first step ends, whatever becomes of the store; what is held under it has ended when it
   * is durable.
   */
  revoke(wanted: Omit<Revocation, "id" | "at">): Promise<KeptRevocation>;
  /** @throws Refusal revocation_unknown */
  lift(id: string, by: string): Promise<void>;
  /** Makes durable what is not yet. @throws when the store still cannot be written */
  keep(): Promise<void>;
}

export interface KeptRevocation extends Revocation {
  /** False while it is in force in this process only, and a restart would end it: the store could not be written. */
  readonly durable: boolean;
}
