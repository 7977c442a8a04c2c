import { z } from "zod";
import { placeOptions } from "./place.ts";

export const staticCredential = z
  .strictObject({
    provider: z.literal("static").optional().describe("A secret that is kept elsewhere. This is the default."),
    value: z
      .string()
      .describe(
        "Reference to the secret: `env:NAME` or `file:PATH`, never the secret itself. A file is read again when it changes.",
      ),
    ...placeOptions({ prefix: "" }),
  })
  .describe("One secret for all calls.");
