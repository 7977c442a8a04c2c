import type { SessionFact } from "../facts.ts";
import type { Revocable, RevocableTask } from "../revocable.ts";
import type { Subject } from "../subject.ts";
import type { ToolCall } from "../tool-call.ts";

/** What a credential is wanted for: one judged call, at most as wide as policy or the configuration says. */
export interface CredentialWish {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly session: SessionFact;
  /** The lease that the call is part of. */
  readonly task: RevocableTask | null;
  /** Null: as the credential is configured. */
  readonly scope: readonly string[] | null;
  /** Identifier of the tool server that it is for (RFC 8707); null: as the credential is configured. */
  readonly resource: string | null;
  /** Longest lifetime in seconds; null: as the credential is configured. */
  readonly ttlS: number | null;
  /**
   * The access token that the caller presented, to be exchanged at an authorization server; null when it proved itself in another
   * way. A function, so that it is in no object that is logged. It must never be part of what is made.
   */
  readonly callerToken: () => string | null;
}

/** Where a value is put. The call must not have anything there. `pointer`: JSON pointer into the request's body. */
export type InjectionPlace =
  { readonly in: "header" | "query"; readonly name: string } | { readonly in: "body"; readonly pointer: string };

/** The request as it will be sent, everything injected. */
export interface RequestToSign {
  readonly method: string;
  readonly origin: string;
  readonly target: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

export interface MadeCredential {
  /** Put into the request at these places. */
  readonly inject: readonly { readonly place: InjectionPlace; readonly value: string }[];
  /** For schemes that sign the whole request (SigV4). */
  readonly sign?: {
    /** Lower-case names of all headers that it may add: they are checked before an approval is used up. */
    readonly adds: readonly string[];
    /** Further headers, name and value in turn, made from what will be sent; `secrets` as below. Must not throw. */
    of(request: RequestToSign): { readonly headers: readonly string[]; readonly secrets: readonly string[] };
  };
  /** Texts that no answer, log, error, card, trace or record may show. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch; null: not known, or never. */
  readonly expiresAt: number | null;
  /** What `sallyport credentials check` tells besides; nothing secret. */
  readonly scope?: readonly string[] | null;
  /** Id of the connection that it is of: what carries it is cut when its person disconnects. Absent for what is nobody's own. */
  readonly connection?: string;
  /** The tool server did not accept it (401): what is kept of it is not used again. */
  readonly refused?: () => void;
}

/** One configured credential: makes what a call carries upstream. */
export interface CredentialProvider {
  /** @throws CredentialFailure; Refusal credential_not_connected */
  obtain(wish: CredentialWish): Promise<MadeCredential>;
  /** Voids what was made for those, also upstream where that can be said. @returns how many */
  revoke?(matches: (what: Revocable) => boolean): Promise<number>;
  /** How many that would be. */
  count?(matches: (what: Revocable) => boolean): number;
  close?(): Promise<void>;
}

/** All configured credentials, by name. */
export interface Credentials {
  has(name: string): boolean;
  /** @throws Refusal obligation_failed (no such), credential_unavailable, credential_not_connected */
  obtain(name: string, wish: CredentialWish): Promise<MadeCredential>;
  /** Voids what was made. @returns how many */
  revoke(matches: (what: Revocable) => boolean): Promise<number>;
  count(matches: (what: Revocable) => boolean): number;
  close(): Promise<void>;
}
