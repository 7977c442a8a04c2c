import { z } from "zod";
import { addressClasses } from "../routes.ts";
import { duration, name, nonEmpty, webUrl } from "../values.ts";
import { placeOptions } from "./place.ts";

const endpoints = z
  .strictObject({
    authorization: webUrl().describe("Authorization endpoint, where people consent."),
    token: webUrl().describe("Token endpoint."),
    revocation: webUrl().optional().describe("Revocation endpoint (RFC 7009). Without it nothing is revoked there."),
  })
  .describe(
    "For an authorization server without metadata. Default: as its metadata says (OpenID Connect Discovery, RFC 8414).",
  );

export const personCredential = z
  .strictObject({
    provider: z.literal("person").describe("The account of the person that the call is made for."),
    label: z.string().trim().min(1).max(60).describe("What people call the other side, such as GitHub."),
    issuer: webUrl().describe("Identifier of the authorization server, as `iss` names it (RFC 9207)."),
    endpoints: endpoints.optional(),
    client_id: nonEmpty().describe("The gateway's client there."),
    client_secret: z
      .string()
      .optional()
      .describe(
        "Reference to the client's secret: `env:NAME` or `file:PATH`. Default: a public client, with PKCE alone.",
      ),
    client_auth: z
      .enum(["basic", "post"])
      .optional()
      .describe("How the secret is sent. Default: as the metadata says, else `basic`."),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
      .prefault([])
      .describe("Scopes that people are asked for."),
    resource: webUrl().optional().describe("Tool server that the tokens are for (RFC 8707). Default: none."),
    parameters: z
      .record(z.string().regex(/^[a-z_]{1,64}$/), nonEmpty())
      .prefault({})
      .describe("Further parameters of the authorization request, such as `access_type: offline`."),
    issuers: z
      .array(name())
      .optional()
      .describe("Issuers whose tokens may say for which person a call is made. Default: the only one there is."),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that the authorization server may resolve to."),
    ca: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those that Node knows."),
    timeout: duration("100ms", "1m").prefault("10s").describe("How long one request to it may take."),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("Each person's own account, which they connect once in the console. See connected-accounts.md.");
