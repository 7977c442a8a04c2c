import { z } from "zod";
import { name, nonEmpty } from "./values.ts";

const client = z.strictObject({
  token: z
    .string()
    .describe(
      "Reference to the token that it sends as `Authorization: Bearer`: `env:NAME` or `file:PATH`. Read for each request.",
    ),
});

/** Who may ask what of the policy's documents. */
export const dataApiSchema = z
  .strictObject({
    paths: z
      .array(
        z
          .string()
          .regex(/^(?!sallyport(?:\/|$))[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*$/, {
            error: "expected a path such as httpapi/authz/allow, not below sallyport",
          })
          .max(120),
      )
      .min(1, { error: "needs at least one path" })
      .describe(
        "What may be asked, below `data`: `httpapi/authz/allow` is `data.httpapi.authz.allow`. Each is compiled beside the decisions of calls.",
      ),
    clients: z.record(name(), client).prefault({}).describe("Programs that may ask, by name."),
    roles: z
      .array(nonEmpty())
      .prefault([])
      .describe("People who are signed in to the console may ask with one of these roles."),
  })
  .refine(({ clients, roles }) => Object.keys(clients).length + roles.length > 0, {
    error: "needs clients or roles; nobody else may ask",
  })
  .refine(({ paths }) => new Set(paths).size === paths.length, { error: "names a path twice" })
  .describe(
    "Answer OPA's Data API on the console's listener, /v1/data. Without this section, /v1/data does not exist.",
  );
