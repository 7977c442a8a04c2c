import { z } from "zod";
import { duration, name } from "./values.ts";

export const connectedAccountsSchema = z
  .strictObject({
    keys: z
      .record(name(), z.string().describe("Reference to the key: `env:NAME` or `file:PATH`, never the key itself."))
      .describe(
        "Keys that seal the tokens of people in the store, by id: 32 random bytes in base64 each. There is no default.",
      ),
    seal_with: name().describe(
      "Id of the key that seals. The others only open what they sealed, which is then sealed anew.",
    ),
    sign_in_within: duration("1h", "3650d")
      .prefault("30d")
      .describe(
        "How long after a person's last sign-in at the console's identity provider agents may use their accounts. Users named in the configuration are exempt.",
      ),
  })
  .describe("How the accounts are kept that people connect. Required with `provider: person`.");
