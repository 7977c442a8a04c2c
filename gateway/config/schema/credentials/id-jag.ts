import { z } from "zod";
import { oauthClientOptions, resource, scopes, subjectFrom } from "./oauth-client.ts";
import { placeOptions } from "./place.ts";

export const idJagCredential = z
  .strictObject({
    provider: z
      .literal("id_jag")
      .describe("Identity assertion JWT authorization grant (draft-ietf-oauth-identity-assertion-authz-grant)."),
    identity_provider: z
      .strictObject(oauthClientOptions)
      .describe("Who vouches for the person: the provider that both domains trust."),
    authorization_server: z
      .strictObject(oauthClientOptions)
      .describe("Who gives the token: the authorization server of the tool server's domain."),
    subject_token: subjectFrom,
    subject_token_type: z
      .enum(["id_token", "access_token", "jwt"])
      .optional()
      .describe("What that token is. Default: `id_token`; `jwt` with `subject_token: signed`."),
    scopes,
    resource,
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("A token of another domain's server, for the person that the call is made for.");
