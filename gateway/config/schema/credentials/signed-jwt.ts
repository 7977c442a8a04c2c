import { z } from "zod";
import { duration, nonEmpty } from "../values.ts";
import { placeOptions } from "./place.ts";

export const signedJwtCredential = z
  .strictObject({
    provider: z
      .literal("signed_jwt")
      .describe("A JWT that the gateway signs; its keys are at `/.well-known/jwks.json` of the agents' listener."),
    audience: nonEmpty()
      .optional()
      .describe("Claim `aud`, unless policy names a resource. Default: the tool server's address."),
    ttl: duration("1s", "60s").prefault("30s").describe("How long it is valid."),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("A JWT for one call alone.");
