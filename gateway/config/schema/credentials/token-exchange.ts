import { z } from "zod";
import { nonEmpty } from "../values.ts";
import { oauthClientOptions, resource, scopes, subjectFrom } from "./oauth-client.ts";
import { placeOptions } from "./place.ts";

export const tokenExchangeCredential = z
  .strictObject({
    provider: z.literal("token_exchange").describe("OAuth token exchange (RFC 8693)."),
    ...oauthClientOptions,
    subject_token: subjectFrom,
    actor: z
      .enum(["none", "signed"])
      .prefault("signed")
      .describe("`signed`: an assertion by the gateway's own key that the gateway acts, as `actor_token`."),
    scopes,
    resource,
    audience: nonEmpty().optional().describe("Parameter `audience`. Default: the tool server's address."),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("A token for the tool server in the place of the caller's, asked for for each caller.");
