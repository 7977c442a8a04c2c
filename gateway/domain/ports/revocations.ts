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
  list(): Revocation[];
  /** Durable when it returns; what is held under it has ended. */
  revoke(wanted: Omit<Revocation, "id" | "at">): Revocation;
  /** @throws Refusal revocation_unknown */
  lift(id: string, by: string): void;
}
