import { z } from "zod";
import { name, nonEmpty, webUrl } from "../values.ts";
import { oauthClientOptions } from "./oauth-client.ts";
import { placeOptions } from "./place.ts";

const endpoints = z
  .strictObject({
    authorization: webUrl().describe("Authorization endpoint, where people consent."),
    token: webUrl().describe("Token endpoint."),
    revocation: webUrl().optional().describe("Revocation endpoint (RFC 7009). Without it nothing is revoked there."),
  })
  .describe("For a server without metadata. Default: as its metadata says (OpenID Connect Discovery, RFC 8414).");

export const personCredential = z
  .strictObject({
    provider: z.literal("person").describe("The account of the person that the call is made for."),
    label: z.string().trim().min(1).max(60).describe("What people call the other side, such as GitHub."),
    ...oauthClientOptions,
    endpoints: endpoints.optional(),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "expected a scope, without spaces" }))
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
      .describe(
        "Issuers whose tokens may say for which person a call is made; `gateway` is the gateway itself, where there is a section `authorization`. Default: the only one there is.",
      ),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("Each person's own account, which they connect once in the console. See connected-accounts.md.");
