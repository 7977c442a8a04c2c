import type { AccountStore } from "../../domain/account.ts";
import type { AccessJournal, ConnectedAccount, EndedEverywhere, SharedEndings } from "../../domain/ports.ts";

export interface DisconnectingDeps {
  readonly accounts: Pick<AccountStore, "get">;
  /** Of all processes that share the store. */
  readonly sharedEndings: Pick<SharedEndings, "end">;
  readonly journal: AccessJournal;
}

/** Who disconnected, and why: in the record, and told to callers that are cut. */
export interface Disconnected {
  readonly by: string;
  readonly reason: string;
}

/** In the place of a person's name, for what the gateway did by itself. */
export const gatewayItself = "sallyport";

/**
 * Cuts what is under way with the account of a person, in every process, and records that it was disconnected. Called once the store no
 * longer gives the connection: a call that has its credential already began before, so that it is cut or not sent.
 * @throws as `SharedEndings.end`; it is recorded all the same
 */
export async function cutDisconnected(
  { accounts, sharedEndings, journal }: DisconnectingDeps,
  { id, account, credential }: Pick<ConnectedAccount, "id" | "account" | "credential">,
  { by, reason }: Disconnected,
): Promise<EndedEverywhere> {
  const person = (await accounts.get(account))?.name ?? account;
  const note = { action: "disconnected", id, target: { kind: "connection", person, credential }, by, reason } as const;
  const named = { kind: "connection", issuer: null, target: id } as const;
  try {
    const matched = await sharedEndings.end(named, { kind: "connection", id, reason });
    journal.note({ ...note, matched });
    return matched;
  } catch (failure) {
    journal.note({ ...note, matched: null });
    throw failure;
  }
}
