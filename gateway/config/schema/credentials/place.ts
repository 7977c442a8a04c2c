import { z } from "zod";
import { nonEmpty, pointerPattern, tokenPattern } from "../values.ts";

/** Where a credential goes; every kind has these options. */
export function placeOptions({ prefix }: { readonly prefix: string }) {
  return {
    header: z
      .string()
      .regex(tokenPattern, { error: "expected a header name" })
      .optional()
      .describe("Header that carries it. Default: `authorization`, unless `query` or `body` is given."),
    query: nonEmpty()
      .optional()
      .describe("Query parameter that carries it. Tool servers often log these; prefer a header."),
    body: z
      .string()
      .regex(pointerPattern, { error: "expected a JSON pointer such as /api_key" })
      .optional()
      .describe("JSON pointer into the request's body, which then gets a member there."),
    prefix: z
      .string()
      .regex(/^[\x20-\x7e]*$/, { error: "must be printable ASCII" })
      .optional()
      .describe(
        `Put before the secret, such as "Bearer ".${prefix === "" ? "" : ` Default: "${prefix}" in the header authorization.`}`,
      ),
  };
}
