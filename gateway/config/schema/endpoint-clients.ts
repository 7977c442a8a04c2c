import { z } from "zod";
import { proof } from "./routes.ts";
import { nonEmpty } from "./values.ts";

/** Who may call an endpoint of the gateway's own: OAuth clients of the issuers, with a scope and an audience. */
export function endpointClients(endpoint: {
  readonly who: string;
  readonly scope: string;
  readonly scopeFor: string;
  readonly path: string;
}) {
  return {
    clients: z.array(nonEmpty()).prefault([]).describe(endpoint.who),
    issuers: z
      .array(z.string())
      .min(1, { error: "needs at least one issuer; without one no client could be identified" })
      .optional()
      .describe("Ids of the issuers whose tokens these clients have. Default: all that issue tokens."),
    scope: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "expected one scope (RFC 6749 §3.3)" })
      .prefault(endpoint.scope)
      .describe(`Scope that their tokens must carry ${endpoint.scopeFor}.`),
    audience: nonEmpty()
      .optional()
      .describe(
        `Audience that these tokens must name exactly. Default: public URL of the agents listener plus ${endpoint.path}.`,
      ),
    proof,
  };
}
