import type { GrantsServer } from "../../../support/credentials/grants-server.ts";
import type { Random } from "../../check.ts";
import { type KeptKind, keptKinds } from "./keepers.ts";

/** Every kind of credential, and the places that it can have. */
export const kinds = ["header", "query", "body", "client", "exchange", "signed", "jag", "jwt", ...keptKinds] as const;
export type Kind = (typeof kinds)[number];

/** With the characters that encodings treat differently. */
export function canary(random: Random): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const text = Array.from({ length: 24 }, () => letters[random.below(letters.length)]).join("");
  return `${text}/+=${text.slice(0, 8)}~._-`;
}

/** Those that need no world of their own. */
export function credentialOf(
  kind: Exclude<Kind, KeptKind>,
  at: number,
  value: string,
  [server, other]: [GrantsServer, GrantsServer],
): object {
  const client = ({ issuer }: GrantsServer) => ({
    issuer,
    client_id: "gateway",
    client_secret: "env:CONSOLE_SECRET",
    allow_addresses: ["loopback"],
  });
  const resource = `https://crm-${at}.example`;
  switch (kind) {
    case "header":
      return { prefix: "Bearer ", value };
    case "query":
      return { query: "api_key", value };
    case "body":
      return { body: "/api_key", value };
    case "client":
      return { provider: "client_credentials", ...client(server), resource };
    case "exchange":
      return { provider: "token_exchange", ...client(server), resource };
    case "signed":
      return {
        provider: "token_exchange",
        ...client(server),
        resource,
        subject_token: "signed",
        header: "x-service-token",
      };
    case "jag":
      return { provider: "id_jag", identity_provider: client(server), authorization_server: client(other), resource };
    case "jwt":
      return { provider: "signed_jwt" };
  }
}
