import { z } from "zod";
import { nonEmpty } from "../values.ts";
import { oauthClientOptions, resource, scopes } from "./oauth-client.ts";
import { placeOptions } from "./place.ts";

export const clientCredentialsCredential = z
  .strictObject({
    provider: z.literal("client_credentials").describe("OAuth client credentials (RFC 6749 §4.4)."),
    ...oauthClientOptions,
    scopes,
    resource,
    audience: nonEmpty()
      .optional()
      .describe("Parameter `audience`, of servers that name the resource so. Default: none."),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("The gateway's own access token, the same for all callers.");
