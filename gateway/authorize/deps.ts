import type { KeyObject } from "node:crypto";
import type { AccountStore } from "../domain/account.ts";
import type { AuthorizationSettings } from "../domain/authorization.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { AuthorizationStore, Clock, Ids, Logger, RegisteredClientStore, Revocations } from "../domain/ports.ts";
import type { OwnRequest, Route } from "../domain/route.ts";
import type { SharedProofs } from "../identify/dpop/shared-proofs.ts";
import type { JwtIssuer } from "../identify/token/verify-jwt.ts";
import type { CheckedFetch } from "../net/checked-fetch.ts";
import type { CheckPassword } from "../sign-in/passwords.ts";

/** A route whose tokens are given out here. */
export interface AuthorizedRoute extends Pick<Route, "id" | "server" | "audience"> {
  /** The URL that clients know it by. */
  readonly resource: string;
  /** The gateway's own, which tokens are for only when it is named. */
  readonly isOwn?: boolean;
}

export interface AuthorizeDeps {
  readonly settings: AuthorizationSettings;
  readonly routes: readonly AuthorizedRoute[];
  readonly store: AuthorizationStore;
  readonly registered: RegisteredClientStore;
  readonly accounts: Pick<AccountStore, "get">;
  readonly checkPassword: CheckPassword;
  /** What access tokens are signed with (ES256), and its public half. */
  readonly keys: {
    current(): Promise<{ readonly privateKey: KeyObject; readonly kid: string }>;
    published(): Promise<object>;
  };
  /** Those whose assertions are taken, by `iss`. */
  readonly assertionIssuers: ReadonlyMap<string, Pick<JwtIssuer, "keySet">>;
  /** Fetches documents of clients, within limits and at addresses that are checked. */
  readonly fetchDocument: CheckedFetch;
  readonly revocations: Pick<Revocations, "against" | "refresh" | "revoke">;
  /** DPoP proofs that are remembered against replay. */
  readonly maxProofs: number;
  /** What processes of one store share of them; null where this is the only one. */
  readonly sharedProofs: SharedProofs | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Read anew with each call. @throws Error that names where it is looked for */
  readonly secret: (reference: string) => string;
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnRequest>;
  /** The same of endpoints that any page may ask. */
  readonly readOpen: (exchange: Exchange) => Promise<OwnRequest>;
}

/** A request that was read. */
export interface OAuthRequest {
  readonly exchange: Exchange;
  readonly request: OwnRequest;
  /** Of the query of GET, of the form of POST. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whose share of what is remembered it takes. */
  readonly asker: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** As nobody may keep it (RFC 6749 §5.1). */
export function jsonAnswer(status: number, body: object, headers: Answer["headers"] = {}): Answer {
  return {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", Pragma: "no-cache", ...headers },
    body: JSON.stringify(body),
  };
}

export function redirectAnswer(location: string, headers: Answer["headers"] = {}): Answer {
  return { status: 303, headers: { Location: location, "Cache-Control": "no-store", ...headers }, body: "" };
}
