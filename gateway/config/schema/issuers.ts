import { z } from "zod";
import { spiffeIdPattern, trustDomainPattern } from "../../domain/subject.ts";
import { issuerKinds, signatureAlgorithms } from "../../domain/trusted-issuer.ts";
import { claimName, duration, name, nonEmpty, webUrl } from "./values.ts";

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

const dpop = z
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

const introspection = z
  .strictObject({
    endpoint: webUrl().describe("Where the issuer answers what a token is."),
    client_id: nonEmpty().describe("Name under which the gateway asks."),
    client_secret: z.string().describe("Reference to its secret: `env:NAME` or `file:PATH`, never the secret itself."),
    cache: duration("0s", "5m")
      .prefault("30s")
      .describe("Longest time an answer is used again, which is how long a revoked token may still be accepted."),
    timeout: duration("100ms", "1m").prefault("5s").describe("How long one answer may take."),
    recheck: duration("0s", "1h")
      .prefault("30s")
      .describe(
        "How often the issuer is asked again about the token of a call or stream that is under way; one that is no longer active ends. `0s`: never.",
      ),
    unanswered: duration("1s", "1d")
      .prefault("5m")
      .describe("How long what is under way goes on while the issuer cannot be asked again; then it ends."),
    allow_insecure: z
      .boolean()
      .prefault(false)
      .describe("Accept plain http to a host beyond loopback. Whoever is on the path can then read and forge tokens."),
  })
  .describe(
    "Token introspection (RFC 7662), for `kind: introspection`; with `kind: jwt` for what runs alone, see `recheck`.",
  );

/** https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain */
const trustDomain = z.string().regex(trustDomainPattern, {
  error: "expected a SPIFFE trust domain such as example.org: a-z, 0-9, '-' and '_', with a '.' between two of these",
});

const spiffeId = z.string().max(2048).regex(spiffeIdPattern, {
  error: "expected a SPIFFE ID such as spiffe://example.org/refund-bot",
});

const workloads = z
  .array(
    z.strictObject({
      id: spiffeId.describe("The workload's SPIFFE ID, exactly."),
      roles: z.array(name()).prefault([]).describe("Roles that policies see."),
    }),
  )
  .prefault([])
  .describe("Roles of SPIFFE workloads, whose documents carry none. A workload that is not listed has no role.");

export const jwks = z
  .strictObject({
    url: webUrl().optional().describe("Where the issuer publishes its key set (RFC 7517). Either this or `file`."),
    file: nonEmpty().optional().describe("Key set kept beside the configuration; read again when it changes."),
    allow_insecure: z
      .boolean()
      .prefault(false)
      .describe("Accept plain http to a host beyond loopback. Whoever is on the path can then forge tokens."),
    refresh: duration("10s", "24h")
      .prefault("5m")
      .describe("How long a fetched key set is used before it is fetched again."),
    cooldown: duration("1s", "10m")
      .prefault("30s")
      .describe("Shortest time between two fetches caused by unknown key ids."),
    stale: duration("0s", "24h")
      .prefault("30m")
      .describe("How long the last good key set may be used while the issuer does not answer; then calls are refused."),
    timeout: duration("100ms", "1m").prefault("5s").describe("How long one fetch may take."),
  })
  .describe("The issuer's public keys.");

const claims = z
  .strictObject({
    roles: claimName().prefault("roles").describe("Claim with the roles: a list of texts, or one text with spaces."),
    scopes: claimName().prefault("scope").describe("Claim with the scopes (RFC 8693 §4.2)."),
    session: claimName().prefault("sid").describe("Claim with the id of the agent's run."),
    owner: claimName().prefault("owner").describe("Claim that names who answers for the agent."),
    purpose: claimName()
      .prefault("purpose")
      .describe("Claim with the purpose the token was issued for. Cut after 512 characters."),
    task_text: claimName()
      .prefault("task_text")
      .describe(
        "Claim with the text of the agent's task as a person wrote it, line breaks included. Cut after 16 KiB. In no policy input and no record. Tokens with a long one need larger `headers` of the listener.",
      ),
    client: claimName().prefault("client_id").describe("Claim with the OAuth client."),
    task: claimName()
      .optional()
      .describe(
        "Claim with the id of the task that the token is for, where the issuer knows the gateway's tasks. The task must be open, and the caller one that may use it. Default: none.",
      ),
    acting_for: claimName()
      .optional()
      .describe("Claim with whom the agent acts for, for tokens without `act`. Default: none."),
  })
  .prefault({})
  .describe("Which claim says what: a claim's name, or a JSON pointer when it begins with '/'.");

export const issuerSchema = z.strictObject({
  id: name().describe("Short name, used by routes."),
  kind: z
    .enum(issuerKinds)
    .prefault("jwt")
    .describe(
      "`jwt`: signed access tokens. `introspection`: opaque tokens, which the issuer checks. `spiffe-x509`: client certificates of a SPIFFE trust domain, without a token. `spiffe-jwt`: its JWT-SVIDs.",
    ),
  issuer: nonEmpty()
    .optional()
    .describe(
      "Exact `iss` of the tokens. Required unless `development`, where it defaults to urn:sallyport:development:<id>, and but for SPIFFE.",
    ),
  trust_domain: trustDomain.optional().describe("SPIFFE trust domain, such as example.org; required for SPIFFE kinds."),
  bundle: nonEmpty()
    .optional()
    .describe("For `spiffe-x509`: the trust domain's certificates, PEM file; read again when it changes."),
  workloads,
  development: z
    .boolean()
    .prefault(false)
    .describe(
      "Make an issuer whose ES256 key is in the data folder, for `sallyport token mint`. Refused when a listener is not on loopback.",
    ),
  jwks: jwks.optional(),
  introspection: introspection.optional(),
  dpop,
  algorithms: algorithmList()
    .prefault(["ES256", "RS256", "EdDSA"])
    .describe("Signature algorithms that are accepted (RFC 8725 §3.1)."),
  max_lifetime: duration("1m", "24h").prefault("1h").describe("Longest time between `iat` and `exp` of a token."),
  clock_skew: duration("0s", "30s").prefault("30s").describe("How far the issuer's clock may be off."),
  subject: z
    .enum(["agent", "user", "service"])
    .prefault("agent")
    .describe("What kind of caller this issuer's tokens name."),
  claims,
});

export const issuersSchema = z.array(issuerSchema).prefault([]).describe("Who may say who is calling.");
