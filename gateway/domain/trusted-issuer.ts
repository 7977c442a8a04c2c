import type { Subject } from "./subject.ts";

/** JOSE signature algorithms by a key pair (RFC 7518 §3.1, RFC 8037 §3.1): what issuers and DPoP proofs may sign with. */
export const signatureAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export const issuerKinds = ["jwt", "introspection", "spiffe-x509", "spiffe-jwt"] as const;
export type IssuerKind = (typeof issuerKinds)[number];

/** An issuer of credentials, and how they are checked. Durations are milliseconds, paths absolute. */
export interface TrustedIssuer {
  readonly kind: IssuerKind;
  /** The exact `iss` of its tokens; for SPIFFE the trust domain's id, spiffe://<trust domain>. */
  readonly issuer: string;
  /** Its name in `Route.issuers`: `issuer`, with the kind before it when that is not jwt. */
  readonly trust: string;
  /** Its signing key is in the data folder, and `sallyport token mint` uses it. */
  readonly development: boolean;
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly maxLifetimeMs: number;
  readonly clockSkewMs: number;
  readonly subjectType: Subject["type"];
  readonly claims: ClaimNames;
  readonly dpop: DpopRules;
  /** For kind introspection; for kind jwt only to ask again about what is under way; else null. */
  readonly introspection: IntrospectionSource | null;
  /** For kind spiffe-x509: the trust domain's certificates, PEM file; else null. */
  readonly bundleFile: string | null;
  /** SPIFFE ID to roles. */
  readonly workloads: Readonly<Record<string, readonly string[]>>;
}

/** What all issuers have in common that the gateway is itself: its authorization server, and the one of tokens of tasks. */
export const gatewayIssuer = {
  kind: "jwt",
  development: false,
  algorithms: ["ES256"],
  // The clock that signs is the clock that verifies.
  clockSkewMs: 1_000,
  subjectType: "agent",
  claims: {
    roles: "roles",
    scopes: "scope",
    session: "sid",
    purpose: "purpose",
    taskText: "task_text",
    owner: "owner",
    client: "client_id",
    task: null,
    actingFor: null,
  },
  introspection: null,
  bundleFile: null,
  workloads: {},
} as const satisfies Partial<TrustedIssuer>;

export type KeySource =
  | {
      readonly kind: "url";
      readonly url: string;
      readonly refreshMs: number;
      readonly cooldownMs: number;
      readonly staleMs: number;
      readonly timeoutMs: number;
    }
  | { readonly kind: "file"; readonly path: string }
  /** The gateway signs its tokens itself. */
  | { readonly kind: "own" }
  /** Its callers are known by something else than signed tokens. */
  | { readonly kind: "none" };

/** The claims to read: for each a claim's name, or a JSON pointer into the claims when it begins with "/". */
export interface ClaimNames {
  readonly roles: string;
  readonly scopes: string;
  readonly session: string;
  readonly purpose: string;
  readonly taskText: string;
  readonly owner: string;
  readonly client: string;
  /** Id of the task (a lease) that the token is for; null when its tokens name none. */
  readonly task: string | null;
  /** Used when the token has no `act`; null when `sub` never acts for somebody else. */
  readonly actingFor: string | null;
}

export interface DpopRules {
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Longest age of a proof, before clock skew. */
  readonly maxAgeMs: number;
  /** Unless the route says otherwise. */
  readonly nonce: boolean;
}

export interface IntrospectionSource {
  readonly endpoint: string;
  readonly clientId: string;
  /** Reference for `Config.secret`. */
  readonly secretReference: string;
  readonly cacheMs: number;
  readonly timeoutMs: number;
  /** How often the issuer is asked again about what is under way; 0: never. */
  readonly recheckMs: number;
  /** How long what is under way goes on while it cannot be asked. */
  readonly unansweredMs: number;
}
