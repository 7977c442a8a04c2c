import { z } from "zod";
import { bundleAlgorithms } from "../../domain/policy-settings.ts";
import { nonEmpty } from "./text.ts";

const key = z.strictObject({
  file: nonEmpty()
    .optional()
    .describe("The public key: PEM (a key or a certificate) or one JWK (RFC 7517). Either this or `secret`."),
  secret: z
    .string()
    .optional()
    .describe("Reference to the secret of HS256, HS384 or HS512: `env:NAME` or `file:PATH`, never the secret itself."),
  algorithm: z
    .enum(bundleAlgorithms)
    .optional()
    .describe(
      "The one algorithm that this key is for (RFC 8725 §3.1). Default: RS256, and HS256 for a `secret`, as of `opa sign`.",
    ),
});

export const signing = z
  .strictObject({
    keys: z
      .record(nonEmpty(), key)
      .refine((keys) => Object.keys(keys).length > 0, { error: "needs at least one key" })
      .describe(
        "Keys that may sign policy bundles, by the name that signatures give (`keyid`, or `kid` in the header).",
      ),
    keyid: nonEmpty()
      .optional()
      .describe("The key to use, whatever a signature names. Default: the one that it names."),
    scope: z
      .string()
      .prefault("")
      .describe("What signatures must say that they are for, such as `production`; empty: they must not say."),
  })
  .describe(
    "Who has to sign the built bundle, as OPA does it. With this, a bundle that is not signed, or not exactly as signed, or older than one that was active, is refused.",
  );
