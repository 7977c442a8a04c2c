import { z } from "zod";
import { count, duration, name, nonEmpty } from "../values.ts";
import { vaultPath } from "../vaults.ts";
import { placeOptions } from "./place.ts";

const cache = (least: string) =>
  duration(least, "24h").prefault("30s").describe("How long it is used before it is read again.");

const kv = z
  .strictObject({
    mount: vaultPath().prefault("secret").describe("Where the engine is mounted."),
    path: vaultPath().describe("Path of the secret below the mount."),
    version: count(1, 1_000_000_000).optional().describe("Version of the secret. Default: the latest."),
    cache: cache("0s"),
  })
  .describe("A secret of the KV engine, version 2.");

const dynamic = z
  .strictObject({
    path: vaultPath().describe("What makes it, from the mount on, such as `database/creds/reader`."),
    parameters: z
      .record(z.string().regex(/^[a-z_]{1,64}$/), z.string().max(1_000))
      .optional()
      .describe("Sent in a POST. Default: it is read with GET."),
    per: z
      .enum(["session", "subject", "gateway"])
      .prefault("session")
      .describe(
        "Who shares one. `session`: the calls of one caller, for one person, in one session. `subject`: in all its sessions. `gateway`: all calls; then no end of anybody's access revokes it.",
      ),
  })
  .describe("A secret that an engine makes, with a lease that the gateway renews while it is used, and revokes.");

const transit = z
  .strictObject({
    mount: vaultPath().prefault("transit").describe("Where the engine is mounted."),
    key: vaultPath().describe("Name of the key."),
    ciphertext: z.string().describe("Reference to what the key encrypted (`vault:v1:…`): `env:NAME` or `file:PATH`."),
    cache: cache("0s"),
  })
  .describe("A secret that is kept encrypted outside of Vault. Its field is `plaintext`.");

export const vaultCredential = z
  .strictObject({
    provider: z.literal("vault").describe("A secret that HashiCorp Vault or OpenBao keeps or makes."),
    vault: name().describe("Name in `vaults`."),
    kv: kv.optional(),
    dynamic: dynamic.optional(),
    transit: transit.optional(),
    template: nonEmpty()
      .regex(/^[\x20-\x7e]*$/, { error: "must be printable ASCII" })
      .optional()
      .describe(
        'What is sent, with fields of the secret in it: "{api_key}", "{username}:{password}". Default with `transit`: "{plaintext}".',
      ),
    encode: z
      .enum(["none", "base64"])
      .prefault("none")
      .describe("`base64`: of the whole text, as HTTP Basic wants it."),
    ...placeOptions({ prefix: "" }),
  })
  .describe("A secret that Vault keeps (`kv`), makes (`dynamic`) or holds the key of (`transit`); one of the three.");
