import { z } from "zod";
import { spiffeIdPattern, trustDomainPattern } from "../../domain/subject.ts";
import { signatureAlgorithms } from "../../domain/trusted-issuer.ts";
import { name, nonEmpty, webUrl } from "./text.ts";
import { duration } from "./units.ts";

/** Signature algorithms by a key pair, as a list that must not be empty. */
export function algorithmList() {
  return z
    .array(
      z.enum(signatureAlgorithms, {
        error: `expected one of ${signatureAlgorithms.join(", ")}: signatures by a key pair`,
      }),
    )
    .min(1, { error: "needs at least one algorithm" });
}

export const dpop = z
  .strictObject({
    algorithms: algorithmList()
      .prefault(["ES256", "EdDSA", "ES384", "PS256"])
      .describe("Signature algorithms of proofs that are accepted."),
    max_age: duration("5s", "10m").prefault("60s").describe("How old a proof may be, beside `clock_skew`."),
    nonce: z
      .boolean()
      .prefault(false)
      .describe("Proofs must carry a nonce of this gateway, so that none can be made in advance. Routes may differ."),
  })
  .prefault({})
  .describe("Tokens bound to a key by DPoP (RFC 9449).");

export const introspection = z
  .strictObject({
    endpoint: webUrl().describe("Where the issuer answers what a token is."),
    client_id: nonEmpty().describe("Name under which the gateway asks."),
    client_secret: z.string().describe("Reference to its secret: `env:NAME` or `file:PATH`, never the secret itself."),
    cache: duration("0s", "5m")
      .prefault("30s")
      .describe("Longest time an answer is used again: so long may a revoked token live on."),
    timeout: duration("100ms", "1m").prefault("5s").describe("How long one answer may take."),
    allow_insecure: z
      .boolean()
      .prefault(false)
      .describe("Accept plain http to a host beyond loopback. Whoever is on the path can then read and forge tokens."),
  })
  .describe("Token introspection (RFC 7662), for `kind: introspection`.");

/** https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain */
export const trustDomain = z.string().regex(trustDomainPattern, {
  error: "expected a SPIFFE trust domain such as example.org: a-z, 0-9, '-' and '_', with a '.' between two of these",
});

const spiffeId = z.string().max(2048).regex(spiffeIdPattern, {
  error: "expected a SPIFFE ID such as spiffe://example.org/refund-bot",
});

export const workloads = z
  .array(
    z.strictObject({
      id: spiffeId.describe("The workload's SPIFFE ID, exactly."),
      roles: z.array(name()).prefault([]).describe("Roles that policies see."),
    }),
  )
  .prefault([])
  .describe("Roles of SPIFFE workloads, whose documents carry none. A workload that is not listed has no role.");
