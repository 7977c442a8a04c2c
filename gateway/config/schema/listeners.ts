import { z } from "zod";
import { loginKinds } from "../config.ts";
import { claimName, count, duration, name, network, nonEmpty, origin, size, webUrl } from "./values.ts";

const users = z
  .array(
    z.strictObject({
      name: name().describe("Name to sign in with. The first password is made and printed once at the first start."),
      roles: z
        .array(name())
        .prefault([])
        .describe(
          "Approver roles, as policies name them in `approval.require`; and `operator`, who may end access and lift that again.",
        ),
      teams: z
        .array(name())
        .prefault([])
        .describe("Teams, as policies name them in `approval.require[].outside_team`."),
      also: z
        .array(nonEmpty())
        .prefault([])
        .describe(
          "Other names of this person, as tokens carry them; people cannot approve calls made on their own behalf.",
        ),
    }),
  )
  .prefault([])
  .describe("People who may sign in with a password; at least one for `local`.");

const claims = z
  .strictObject({
    name: claimName()
      .prefault("preferred_username")
      .describe(
        "Claim with the name under which votes are kept. It stays with the first `sub` that signs in under it.",
      ),
    roles: claimName()
      .prefault("roles")
      .describe("Claim whose values `roles` maps: a list of texts, or one text. Often `groups`."),
    teams: claimName().optional().describe("Claim with the teams: a list of texts, or one text. Default: none."),
    also: z
      .array(claimName())
      .prefault(["email"])
      .describe("Claims with other names of the same person, as agents' tokens carry them; `sub` always is one."),
  })
  .describe(
    "Which claim of the ID token, or else of the userinfo endpoint, says what: a claim's name, or a JSON pointer when it begins with '/'.",
  );

const mapping = (what: string) => z.record(nonEmpty(), z.array(name()).min(1, { error: `needs at least one ${what}` }));

const login = z
  .strictObject({
    kind: z
      .enum(loginKinds)
      .prefault("local")
      .describe(
        "`local`: users kept by the gateway, passwords hashed with scrypt. `oidc`: people of an OpenID Connect provider, beside the `users` named here.",
      ),
    users,
    issuer: webUrl().optional().describe("For `oidc`: the provider's issuer, exactly as it names itself."),
    client_id: nonEmpty().optional().describe("For `oidc`: the console's name at the provider."),
    client_secret: z
      .string()
      .optional()
      .describe("For `oidc`: reference to its secret: `env:NAME` or `file:PATH`, never the secret itself."),
    scopes: z.array(nonEmpty()).optional().describe('For `oidc`: scopes to ask for. Default: ["openid"].'),
    claims: claims.optional(),
    roles: mapping("role")
      .optional()
      .describe(
        "For `oidc`: value of the roles claim to approver roles. What is not named here gives no role, and who has no role cannot sign in.",
      ),
    teams: mapping("team")
      .optional()
      .describe(
        "For `oidc`: value of the teams claim to teams, beside the value itself, which counts as a team unmapped: a missing entry must not exclude people from their team.",
      ),
    label: nonEmpty().optional().describe("For `oidc`: what the sign-in button calls the provider. Default: its host."),
    roles_for: duration("1m", "7d")
      .optional()
      .describe(
        "For `oidc`: how long what the provider said about a person counts, for their session and for votes they cast. Default: 12h.",
      ),
    step_up_window: duration("10s", "10m")
      .prefault("60s")
      .describe("How long after signing in again a person may vote where policy requires `reauthenticated`."),
  })
  .describe("How people sign in. Without it no one can, and the console must stay on loopback.");

const host = z.string().regex(/^[A-Za-z0-9.:-]+$/, { error: "expected a host name or IP address to bind" });

const limits = z
  .strictObject({
    headers: size("1KiB", "64KiB")
      .prefault("16KiB")
      .describe("Largest request line and headers together; more is answered 431."),
    header_count: count(10, 1_000).prefault(100).describe("Headers of one request; more are answered 431."),
    headers_timeout: duration("100ms", "5m")
      .prefault("10s")
      .describe(
        "How long the request headers may take to arrive, from the opening of a new connection on, and never longer than request_timeout; then 408.",
      ),
    request_timeout: duration("1s", "1h")
      .prefault("60s")
      .describe("How long a whole request, body included, may take to arrive; then 408."),
    keep_alive: duration("1s", "10m").prefault("65s").describe("How long an idle connection is kept."),
    connections: count(1, 1_000_000).prefault(10_000).describe("Open connections; one more is answered 503."),
    pipelined: count(1, 1_000)
      .prefault(32)
      .describe(
        "Requests of one connection that may wait for their answers; then it is not read until some are answered.",
      ),
    stalled_reader: duration("1s", "1h")
      .prefault("60s")
      .describe("How long a caller may take nothing of an answer that waits for it; then its connection is cut."),
    drain: duration("0s", "10m")
      .prefault("0s")
      .describe(
        "How long a gateway that is asked to stop, and says on `/readyz` that it is not ready, still takes connections and calls: until load balancers have noticed. Counts for the console too.",
      ),
    finish: duration("0s", "10m")
      .prefault("20s")
      .describe("How long calls that run when `drain` is over may take to end; then they are cut off."),
    proofs: count(100, 10_000_000)
      .prefault(200_000)
      .describe(
        "DPoP proofs remembered against replay, each until it is too old to be used, a tenth of them for one subject; beyond that its proofs are refused.",
      ),
  })
  .prefault({})
  .describe("Limits of the agents listener.");

const tls = z
  .strictObject({
    cert: nonEmpty().describe("Certificate chain of this listener, PEM file; read again when it changes."),
    key: nonEmpty().describe("Private key of the certificate, PEM file."),
    client_ca: nonEmpty()
      .optional()
      .describe(
        "Certificates, PEM file, that client certificates must lead to. Without it any certificate may prove its own key (RFC 8705 §2.2).",
      ),
    request_client_certificate: z
      .boolean()
      .prefault(false)
      .describe("Ask callers for a certificate: for tokens that are bound to one (RFC 8705) and for X.509-SVIDs."),
  })
  .describe("TLS of the agents listener, 1.2 or later. Without it calls come in plain HTTP.");

const agents = z
  .strictObject({
    host: host.prefault("127.0.0.1").describe("Address to bind."),
    port: count(0, 65_535).prefault(8700).describe("Port to bind; 0 takes any free one."),
    public_url: origin()
      .optional()
      .describe(
        "Origin under which agents reach this listener. Default: http or, with `tls`, https, the host and the port above.",
      ),
    tls: tls.optional(),
    limits,
  })
  .prefault({})
  .describe("Where agents send their calls.");

export const consoleSchema = z
  .strictObject({
    host: host.prefault("127.0.0.1").describe("Address to bind; anything but loopback needs `login`."),
    port: count(0, 65_535).prefault(8701).describe("Port to bind; 0 takes any free one."),
    public_url: origin()
      .optional()
      .describe("Origin under which people reach the console. Default: http, the host and the port above."),
    trusted_proxies: z
      .array(network())
      .prefault([])
      .describe(
        "Addresses and networks of proxies in front of the console. From these connections alone the X-Forwarded-For header says where people sign in from; otherwise it is not read.",
      ),
    login: login.optional(),
  })
  .prefault({})
  .describe("Where people decide and look, and where the command line asks.");

export const listenersSchema = z
  .strictObject({ agents, console: consoleSchema })
  .prefault({})
  .describe("The two doors of the gateway.");
