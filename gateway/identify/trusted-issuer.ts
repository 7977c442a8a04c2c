import type { Subject } from "../domain/subject.ts";

/** One issuer as identification needs it. */
export interface TrustedIssuer {
  /** The exact `iss`. */
  readonly issuer: string;
  readonly development: boolean;
  readonly keys: KeySource;
  readonly algorithms: readonly string[];
  readonly maxLifetimeMs: number;
  readonly clockSkewMs: number;
  readonly subjectType: Subject["type"];
  readonly claims: ClaimNames;
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
  | { readonly kind: "file"; readonly path: string };

/** A claim's name, or a JSON pointer into the claims when it begins with "/". */
export interface ClaimNames {
  readonly roles: string;
  readonly scopes: string;
  readonly session: string;
  readonly purpose: string;
  readonly client: string;
  readonly actingFor: string | null;
}
