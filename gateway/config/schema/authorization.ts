import { z } from "zod";
import { algorithmList, jwks } from "./issuers.ts";
import { addressClasses } from "./routes.ts";
import { claimName, count, duration, name, nonEmpty, webUrl } from "./values.ts";

const signIn = z
  .strictObject({
    issuer: webUrl().describe("The provider's issuer, exactly as it names itself."),
    client_id: nonEmpty().describe(
      "The gateway's client there. Its redirect URI is the public URL of the agents listener plus /oauth/callback.",
    ),
    client_secret: z.string().describe("Reference to its secret: `env:NAME` or `file:PATH`, never the secret itself."),
    scopes: z.array(nonEmpty()).prefault(["openid"]).describe("Scopes to ask for."),
    claims: z
      .strictObject({
        name: claimName().prefault("preferred_username").describe("Claim with the name that people are shown."),
        roles: claimName().prefault("roles").describe("Claim whose values `authorization.roles` maps. Often `groups`."),
      })
      .prefault({})
      .describe("Which claim says what: a claim's name, or a JSON pointer when it begins with '/'."),
    label: nonEmpty().optional().describe("What people are told they sign in at. Default: its host."),
  })
  .describe(
    "The OpenID Connect provider where people sign in. Without it the users of the console sign in with their passwords.",
  );

const client = z.strictObject({
  id: nonEmpty().describe("`client_id`."),
  name: nonEmpty().describe("What people are shown when they are asked to agree."),
  redirect_uris: z
    .array(nonEmpty())
    .min(1, { error: "needs at least one address to send people back to" })
    .describe("Where people may be sent back to, exactly; of a loopback address the port is left out."),
  client_secret: z
    .string()
    .optional()
    .describe(
      "Reference to the client's secret: `env:NAME` or `file:PATH`, never the secret itself. Default: none, a public client.",
    ),
});

const documents = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe("Take clients whose id is the https URL of their metadata document."),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that such a URL may resolve to."),
    ca: nonEmpty().optional().describe("Authorities of their certificates, PEM file. Default: those that Node knows."),
  })
  .prefault({})
  .describe("Client ID metadata documents.");

const registration = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe("Let clients register themselves (RFC 7591)."),
    per_hour: count(1, 100_000).prefault(20).describe("Registrations from one address in an hour."),
    kept: duration("1h", "365d").prefault("30d").describe("How long a registration is kept after its last use."),
    most: count(1, 1_000_000)
      .prefault(10_000)
      .describe(
        "Registrations that are kept at once. One more takes the place of the oldest that was never used, and is refused where there is none.",
      ),
  })
  .prefault({})
  .describe("Dynamic client registration.");

const assertion = z.strictObject({
  issuer: nonEmpty().describe("Exact `iss` of the assertions."),
  jwks,
  algorithms: algorithmList().prefault(["ES256", "RS256", "EdDSA"]).describe("Signature algorithms that are accepted."),
  clients: z
    .array(nonEmpty())
    .min(1, { error: "needs at least one client" })
    .optional()
    .describe("Ids of the clients that may present them. Default: every client that is known here."),
});

export const authorizationSchema = z
  .strictObject({
    sign_in: signIn.optional(),
    roles: z
      .record(nonEmpty(), z.array(name()).min(1, { error: "needs at least one role" }))
      .optional()
      .describe(
        "Value of the roles claim, or role of a user of the console, to roles that tokens carry. What is not named here gives none, and who has none gets no token. Required with `sign_in`; without it the users' roles stand for themselves.",
      ),
    clients: z.array(client).prefault([]).describe("Clients that are known in advance."),
    documents,
    registration,
    assertions: z
      .array(assertion)
      .prefault([])
      .describe("Providers whose identity assertions (ID-JAG) are exchanged for tokens, without anybody being asked."),
    access_token: duration("1m", "1h").prefault("10m").describe("Lifetime of access tokens."),
    refresh_idle: duration("5m", "90d").prefault("7d").describe("How long a refresh token may lie unused."),
    refresh_longest: duration("5m", "365d")
      .prefault("30d")
      .describe("How long a client may go on before the person must sign in again."),
  })
  .describe(
    "The gateway as the OAuth 2.1 authorization server of its MCP routes, so that a client needs nothing but a route's URL. Default: none; tokens come from the `issuers`.",
  );
