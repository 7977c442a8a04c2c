import type { VoteMethod } from "../approval.ts";
import type { JsonObject } from "../../lib/json.ts";

/** Who decides, from the authenticated session alone; never from a request body. */
export interface Approver {
  /** Of their account: issuer and subject in one. */
  readonly id: string;
  /** What people call them today; no key. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Other names of the same person, as callers and tokens may know them. */
  readonly also: readonly string[];
  readonly method: VoteMethod;
  /** What stands for the method; null when the session alone does. */
  readonly evidence: JsonObject | null;
}

/** Who people are today: a role that was taken away counts no longer, whenever the vote was cast. */
export interface People {
  /** Null for somebody who may no longer sign in. */
  current(id: string): Promise<Pick<Approver, "name" | "roles" | "teams" | "also"> | null>;
}

/** One registered WebAuthn credential. Binary values are base64url. */
export interface Passkey {
  /** Credential id. */
  readonly id: string;
  /** Id of the account it belongs to. */
  readonly account: string;
  /** What its owner calls it. */
  readonly label: string;
  /** COSE key (RFC 9052 §7). */
  readonly publicKey: string;
  /** Signatures the authenticator says it has made; 0 for those that do not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** It may exist on more than one device. */
  readonly synced: boolean;
  /** Milliseconds since the epoch. */
  readonly created_at: number;
  readonly used_at: number | null;
}

/** What became of a new passkey; all but `added` have changed nothing. */
export type PasskeyAddition = "added" | "known" | "limit" | "account_unknown";

/** The durable side of passkeys. What a call changed is durable when it resolves. */
export interface PasskeyStore {
  get(id: string): Promise<Passkey | null>;
  /** Oldest first. */
  of(account: string): Promise<Passkey[]>;
  /** How many each account has; accounts without any are not in it. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** `known`: a credential with this id is registered, whoever has it. `limit`: the account has `most` or more already. */
  add(passkey: Passkey, most: number): Promise<PasskeyAddition>;
  /**
   * Notes a signature. False when the counter did not grow, so somebody else may hold a copy of the key, and when this
   * account has no such passkey any more.
   */
  used({ account, id }: Pick<Passkey, "account" | "id">, counter: number, at: number): Promise<boolean>;
  /** False when this account has none with this id. */
  remove(account: string, id: string): Promise<boolean>;
}
