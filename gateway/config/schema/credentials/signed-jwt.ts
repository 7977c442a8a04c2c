import { z } from "zod";
import { duration, name, nonEmpty } from "../values.ts";
import { vaultPath } from "../vaults.ts";
import { placeOptions } from "./place.ts";

const key = z
  .strictObject({
    vault: name().describe("Name in `vaults`."),
    mount: vaultPath().prefault("transit").describe("Where the engine is mounted."),
    name: vaultPath().describe(
      "Name of the key, of type `ecdsa-p256` (ES256) or `rsa-2048`, `-3072`, `-4096` (RS256).",
    ),
    refresh: duration("1s", "1h").prefault("30s").describe("How often its versions are read anew."),
    lead: duration("0s", "24h")
      .prefault("5m")
      .describe("How long a new version is published before it signs, unless no older one may."),
  })
  .describe("A key of Vault's transit engine that signs instead of the gateway's own, and never leaves Vault.");

export const signedJwtCredential = z
  .strictObject({
    provider: z
      .literal("signed_jwt")
      .describe(
        "A JWT that the gateway signs, or Vault for it; its keys are at `/.well-known/jwks.json` of the agents' listener.",
      ),
    audience: nonEmpty()
      .optional()
      .describe("Claim `aud`, unless policy names a resource. Default: the tool server's address."),
    ttl: duration("1s", "60s").prefault("30s").describe("How long it is valid."),
    key: key.optional(),
    ...placeOptions({ prefix: "Bearer " }),
  })
  .describe("A JWT for one call alone.");
