import type { EndedEverywhere } from "./endings.ts";

/** Why an account that a person connected can no longer be used. */
export type ConnectionEnd =
  /** The other side no longer takes what the gateway keeps: revoked there, expired, or used by somebody else. */
  | "refused"
  /** Access was revoked for good, or the person has left. */
  | "ended"
  /** An operator disconnected it. */
  | "operator";

export interface EndedConnection {
  readonly why: ConnectionEnd;
  /** What the operator said; null where none did it. */
  readonly reason: string | null;
  readonly at: number;
}

/** An account at a tool server that a person of the console has connected. Times are milliseconds since the epoch. */
export interface ConnectedAccount {
  /** Of this connection: connecting again makes another one. */
  readonly id: string;
  /** Id of the person's account in the console. */
  readonly account: string;
  /** Name of the credential. */
  readonly credential: string;
  /** What the other side calls the person; null when it does not say. */
  readonly upstream: string | null;
  readonly scopes: readonly string[];
  readonly connectedAt: number;
  readonly usedAt: number | null;
  /** Agent that used it last. */
  readonly usedBy: string | null;
  /** End of the latest token that the other side gave; null when it did not say. */
  readonly tokenEndsAt: number | null;
  /** Whether the gateway can get further tokens without the person. */
  readonly isRenewed: boolean;
  /** Null while it can be used. */
  readonly ended: EndedConnection | null;
}

/** What only the gateway with its key reads. */
export interface Sealed {
  /** Id of the key. */
  readonly key: string;
  /** Base64url. */
  readonly text: string;
}

export interface SealedAccount extends ConnectedAccount {
  /** Null once it has ended. */
  readonly sealed: Sealed | null;
}

/** What has to be revoked at the other side (RFC 7009). */
export interface OwedRevocation {
  readonly id: string;
  readonly account: string;
  readonly credential: string;
  readonly sealed: Sealed;
  readonly since: number;
  readonly tries: number;
}

/** One process that renews what is kept; others wait for it. */
export interface RefreshClaim {
  readonly by: string;
  readonly now: number;
  /** A process that died holds it no longer than this. */
  readonly until: number;
}

/**
 * The durable side of connected accounts: one for each person and credential. What a call changed is durable when it resolves. Whatever
 * replaces or ends a connection leaves, in the same transaction, what has to be revoked.
 */
export interface ConnectedAccountStore {
  get(account: string, credential: string): Promise<SealedAccount | null>;
  /** Oldest first. */
  of(account: string): Promise<ConnectedAccount[]>;
  all(): Promise<ConnectedAccount[]>;
  /** @returns what it replaced */
  put(connected: SealedAccount): Promise<ConnectedAccount | null>;
  /** What is kept now, when nobody else holds it and it has not ended; `busy` while somebody does. */
  claim(id: string, claim: RefreshClaim): Promise<SealedAccount | "busy" | null>;
  /** Puts what was renewed, and ends the claim. False when the claim or the connection is over: nothing was kept then. */
  renew(id: string, by: string, sealed: Sealed, tokenEndsAt: number | null): Promise<boolean>;
  release(id: string, by: string): Promise<void>;
  used(id: string, by: string, at: number): Promise<void>;
  /** Ends it and keeps why; what it held is not owed when the other side refused it. False when it has ended already. */
  end(id: string, ended: EndedConnection): Promise<boolean>;
  /** Removes it whole. False when there is none. */
  remove(id: string, at: number): Promise<boolean>;
  /** What was sealed with another key than this, at most so many. */
  sealedOtherwise(key: string, limit: number): Promise<SealedAccount[]>;
  /** Replaces one sealed text by another of the same content. False when it is no longer the first one. */
  reseal(id: string, before: Sealed, after: Sealed): Promise<boolean>;
  /** Adds what was never kept, such as a token that came for a connection that has ended meanwhile. */
  owe(owed: Omit<OwedRevocation, "id" | "tries">): Promise<void>;
  /** Due now; each is due again after a pause that doubles with every try, unless it is settled. */
  takeOwed(
    now: number,
    pause: { readonly firstMs: number; readonly longestMs: number },
    limit: number,
  ): Promise<OwedRevocation[]>;
  settle(owed: string): Promise<void>;
}

/** What a person sees of one account that they can connect. */
export interface ConnectableAccount {
  readonly name: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly connected: Omit<ConnectedAccount, "account" | "credential"> | null;
}

/** The accounts of people as the console works with them; `account` is always that of the signed-in person. */
export interface ConnectedAccounts {
  list(account: string): Promise<ConnectableAccount[]>;
  /**
   * Where the person consents.
   * @throws Refusal connection_unknown, connection_unavailable
   */
  begin(account: string, name: string): Promise<{ readonly location: string }>;
  /**
   * @param parameters the query that they came back with
   * @throws Refusal connection_unknown, connection_expired, connection_declined, connection_invalid, connection_unavailable
   */
  finish(account: string, name: string, parameters: string): Promise<void>;
  /**
   * What carries the account is cut before it resolves. @param by the person's name
   * @throws Refusal connection_unknown; as `SharedEndings.end`
   */
  disconnect(account: string, name: string, by: string): Promise<void>;
  /** The person has left: everything of theirs is removed, cut, and revoked at the other side. */
  leave(account: string): Promise<void>;
  /** Of all people, oldest first. */
  everybodys(): Promise<PersonConnection[]>;
  /**
   * For an operator: the person may connect it again.
   * @param id of the connection
   * @throws Refusal connection_unknown, also when it has ended; as `SharedEndings.end`
   */
  disconnectFor(id: string, told: { readonly by: string; readonly reason: string }): Promise<EndedEverywhere>;
}

/** A connection as operators see it. Nothing of its secrets is in it. */
export interface PersonConnection extends ConnectedAccount {
  /** What the console calls the person; null when that account is gone. */
  readonly person: string | null;
  /** What people call the other side; null when the credential is not configured any more. */
  readonly label: string | null;
}
