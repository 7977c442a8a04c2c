import type { Subject } from "../domain/subject.ts";

/** One issuer as identification needs it. */
export interface TrustedIssuer {
  readonly kind: "jwt" | "introspection" | "spiffe-x509" | "spiffe-jwt";
  /** The exact `iss`; for SPIFFE spiffe://<trust domain>. */
  readonly issuer: string;
  /** What `Route.issuers` names it by. */
  readonly trust: string;
  readonly development: boolean;
  readonly keys: KeySource;
  readonly algorithms: readonly string[];
  readonly maxLifetimeMs: number;
  readonly clockSkewMs: number;
  readonly subjectType: Subject["type"];
  readonly claims: ClaimNames;
  readonly dpop: DpopRules;
  readonly introspection: IntrospectionSource | null;
  /** Certificates of the trust domain, PEM file. */
  readonly bundleFile: string | null;
  /** SPIFFE ID to roles. */
  readonly workloads: Readonly<Record<string, readonly string[]>>;
}

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
  | { readonly kind: "none" };

/** A claim's name, or a JSON pointer into the claims when it begins with "/". */
export interface ClaimNames {
  readonly roles: string;
  readonly scopes: string;
  readonly session: string;
  readonly purpose: string;
  readonly owner: string;
  readonly client: string;
  readonly actingFor: string | null;
}

export interface DpopRules {
  readonly algorithms: readonly string[];
  /** Longest age of a proof, before clock skew. */
  readonly maxAgeMs: number;
  /** Unless the route says otherwise. */
  readonly nonce: boolean;
}

export interface IntrospectionSource {
  readonly endpoint: string;
  readonly clientId: string;
  readonly secretReference: string;
  readonly cacheMs: number;
  readonly timeoutMs: number;
}
