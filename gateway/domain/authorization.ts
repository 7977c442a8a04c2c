import type { AddressClass, Route } from "./route.ts";
import type { ProviderSettings } from "./settings.ts";
import type { KeySource, SignatureAlgorithm } from "./trusted-issuer.ts";

/** The gateway as the OAuth authorization server of its own routes, as configured. Durations are milliseconds. */
export interface AuthorizationSettings {
  /** Its identifier: the public URL of the agents listener. */
  readonly issuer: string;
  /** Rules for reading requests below /oauth; nothing is forwarded. */
  readonly route: Route;
  /** null: people of the console sign in with their passwords. */
  readonly signIn: SignInSettings | null;
  /** Value of a claim, or role of a local user, to roles; null: local users' roles stand for themselves. */
  readonly roles: ReadonlyMap<string, readonly string[]> | null;
  /** Every role that a token may carry, and so every scope. */
  readonly allRoles: readonly string[];
  readonly clients: readonly ConfiguredClient[];
  /** null: clients that name themselves by the URL of a document are not taken. */
  readonly documents: { readonly addresses: ReadonlySet<AddressClass>; readonly caFile: string | null } | null;
  /** null: clients cannot register themselves. */
  readonly registration: { readonly perHour: number; readonly keptMs: number; readonly most: number } | null;
  readonly assertions: readonly AssertionIssuer[];
  readonly accessMs: number;
  readonly refresh: { readonly idleMs: number; readonly longestMs: number };
}

/** The company's OpenID Connect provider. */
export interface SignInSettings extends ProviderSettings {
  readonly label: string;
  /** A claim's name, or a JSON pointer when it begins with "/". */
  readonly claims: { readonly name: string; readonly roles: string };
}

/** A client that the configuration names. */
export interface ConfiguredClient {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Reference for `Config.secret`; null for a public client. */
  readonly secretReference: string | null;
}

/** A provider whose assertions about people are taken in exchange for tokens (ID-JAG). */
export interface AssertionIssuer {
  readonly issuer: string;
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Clients that may present them; null: every client that is known here. */
  readonly clients: ReadonlySet<string> | null;
}

/**
 * What stands before a person's name at this issuer in the gateway's own tokens: only the provider where people sign in names them
 * as they are known here.
 */
export function nameSpace(issuer: string, { signIn }: Pick<AuthorizationSettings, "signIn">): string {
  return signIn?.issuer === issuer ? "" : `${issuer}#`;
}

/** Since when the tokens of a grant count: what ends tokens of before a moment ends those of every grant of before it. */
export function vouchedAt({ agreedAt, vouchedAt: at = agreedAt }: { agreedAt: number; vouchedAt?: number }): number {
  return at;
}

/** How long a code is good for; RFC 6749 §4.1.2 wants it short. */
export const codeMs = 60_000;

/** Beside roles, the one scope that clients may ask for: to go on while the person is away. */
export const offlineAccess = "offline_access";

/** Where the authorization server's own endpoints are. */
export const oauthPrefix = "/oauth";
