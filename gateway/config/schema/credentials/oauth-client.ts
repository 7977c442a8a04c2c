import { z } from "zod";
import { addressClasses } from "../routes.ts";
import { duration, nonEmpty, webUrl } from "../values.ts";

const endpoints = z
  .strictObject({
    token: webUrl().describe("Token endpoint."),
    revocation: webUrl().optional().describe("Revocation endpoint (RFC 7009). Without it nothing is revoked there."),
  })
  .describe("For a server without metadata. Default: as its metadata says (OpenID Connect Discovery, RFC 8414).");

/** How the gateway is known to one authorization server. */
export const oauthClientOptions = {
  issuer: webUrl().describe("Identifier of the authorization server, below which its metadata is found."),
  endpoints: endpoints.optional(),
  client_id: nonEmpty().describe("The gateway's client there."),
  client_secret: z
    .string()
    .optional()
    .describe("Reference to the client's secret: `env:NAME` or `file:PATH`, never the secret itself."),
  client_auth: z
    .enum(["basic", "post", "signed"])
    .optional()
    .describe(
      "How the client proves itself: its secret in a header or the body, or an assertion by the gateway's own key, which the server finds at `/.well-known/jwks.json` (`private_key_jwt`). Default: as the metadata says, else `basic`.",
    ),
  allow_addresses: z
    .array(z.enum(addressClasses))
    .prefault([])
    .describe("Address classes beyond public ones that the server may resolve to."),
  allow_insecure: z
    .boolean()
    .prefault(false)
    .describe("Accept plain http to a host beyond loopback. Whoever is on the path can then read secrets and tokens."),
  ca: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those that Node knows."),
  timeout: duration("100ms", "1m").prefault("5s").describe("How long one request to it may take."),
};

/** RFC 6749 §3.3. */
export const scopes = z
  .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "expected a scope, without spaces" }))
  .prefault([])
  .describe(
    "Scopes to ask for, and the only ones that policy may name. Default: what policy names, else what the server gives.",
  );

export const resource = webUrl()
  .optional()
  .describe(
    "Identifier of the tool server that the token is for (RFC 8707), unless policy names another. Default: none.",
  );

export const subjectFrom = z
  .enum(["caller", "signed"])
  .prefault("caller")
  .describe(
    "Who says whom the call is made for: `caller`: the access token that came with the call; `signed`: an assertion by the gateway's own key, also for callers with a certificate.",
  );
