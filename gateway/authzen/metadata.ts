import type { IncomingMessage, ServerResponse } from "node:http";
import { write } from "./write.ts";

const path = "/.well-known/authzen-configuration";

/** "Policy Decision Point Metadata" of the API, with what the profile adds; any other path is somebody else's. */
export function authzenMetadata(
  origin: () => string,
  otherwise: (req: IncomingMessage, res: ServerResponse) => void,
): (req: IncomingMessage, res: ServerResponse) => void {
  return function answer(req, res) {
    if (req.method !== "GET" || req.url !== path) return otherwise(req, res);
    write(res, { status: 200, headers: { "Cache-Control": "public, max-age=300" }, body: documentOf(origin()) });
  };
}

function documentOf(origin: string) {
  return {
    policy_decision_point: origin,
    access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
    access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
    access_request_endpoint: `${origin}/access/v1/requests`,
    jwks_uri: `${origin}/access/v1/jwks`,
    capabilities: ["urn:openid:authzen:capability:access-request"],
  };
}
