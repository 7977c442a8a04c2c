import type { IncomingMessage, ServerResponse } from "node:http";

const path = "/.well-known/oauth-authorization-server/tasks";

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Authorization server metadata (RFC 8414) of the gateway as the issuer of tokens of tasks; any other path is somebody else's. */
export function taskIssuerMetadata(issuer: () => string | null, otherwise: Answer): Answer {
  return function answer(req, res) {
    const iss = issuer();
    if (req.method !== "GET" || req.url !== path || iss === null) return otherwise(req, res);
    const body = JSON.stringify({
      issuer: iss,
      token_endpoint: `${iss}/token`,
      jwks_uri: `${iss}/jwks.json`,
      grant_types_supported: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      response_types_supported: [],
      // The token that is exchanged says who asks.
      token_endpoint_auth_methods_supported: ["none"],
    });
    res.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "public, max-age=300",
    });
    res.end(body);
  };
}
