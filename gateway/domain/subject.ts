import { oncePer } from "../lib/once-per.ts";
import type { JsonObject } from "../lib/json.ts";

/** Who calls, bound to which key, acting for whom. Verified facts only. */
export interface Subject {
  readonly type: "agent" | "user" | "service";
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string | null;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly claims: JsonObject;
  readonly proof: { readonly method: "dpop" | "mtls" | "none"; readonly key: string | null };
  readonly actingFor: { readonly id: string; readonly claims: JsonObject } | null;
  /** Who answers for the agent, from a verified claim; null when no claim says so. */
  readonly owner: string | null;
  /** RFC 8693 `act`, outermost first. */
  readonly actorChain: readonly string[];
  /** Session id from the token; trusted. */
  readonly session: string | null;
  /** Purpose from the token; trusted. */
  readonly purpose: string | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** One string per caller, used as a key: issuer and id, which cannot run into each other. Asked for on every call. */
export const principalKey = oncePer(({ issuer, id }: Pick<Subject, "issuer" | "id">) => JSON.stringify([issuer, id]));

/** The session of a caller when nothing names one. */
export function unnamedSession({ id }: Pick<Subject, "id">): string {
  return `principal:${id}`;
}
