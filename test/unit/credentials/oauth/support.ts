import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOwnKeys } from "../../../../gateway/credentials/own-keys.ts";
import type { OauthDeps } from "../../../../gateway/credentials/oauth/server.ts";
import type { OauthClient } from "../../../../gateway/domain/oauth-credential.ts";
import type { CredentialWish } from "../../../../gateway/domain/ports.ts";
import { facts, subject, TestClock, testIds, toolCall } from "../../../support/builders.ts";
import {
  type GrantsServer,
  type GrantsServerOptions,
  startGrantsServer,
} from "../../../support/credentials/grants-server.ts";

export const clientSecret = "the-clients-own-secret-0123456789";
export const place = { in: "header", name: "authorization", prefix: "Bearer " } as const;

export interface OauthWorld {
  readonly clock: TestClock;
  readonly deps: OauthDeps;
  readonly lines: unknown[];
  /** Where the gateway's keys are. */
  readonly gateway: string;
  /** Another issuer, whose tokens agents present. */
  agentToken(claims?: object): string;
  server(options?: Partial<GrantsServerOptions>): Promise<GrantsServer>;
  client(server: GrantsServer, changes?: Partial<OauthClient>): OauthClient;
  close(): Promise<void>;
}

/** What providers need, with real keys that real servers look up over HTTP. */
export async function oauthWorld(): Promise<OauthWorld> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-own-keys-"));
  const keys = openOwnKeys(join(folder, "gateway"));
  const agents = openOwnKeys(join(folder, "agents"));
  const published = createServer((req, res) => {
    const found = { "/gateway/.well-known/jwks.json": keys, "/agents/jwks": agents }[req.url ?? ""];
    res.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    res.end(JSON.stringify(found?.publicKeys ?? {}));
  });
  await new Promise<void>((done) => published.listen(0, "127.0.0.1", done));
  const at = `http://127.0.0.1:${(published.address() as AddressInfo).port}`;
  const [gateway, agentIssuer] = [`${at}/gateway`, "https://idp.example"];
  // The server's own clock is the system's.
  const clock = new TestClock();
  clock.at = Date.now();
  const lines: unknown[] = [];
  const note = (message: string, fields?: object): void => void lines.push({ message, ...fields });
  const servers: GrantsServer[] = [];
  const trusts: Record<string, string> = {
    [gateway]: `${gateway}/.well-known/jwks.json`,
    [agentIssuer]: `${at}/agents/jwks`,
  };
  return {
    clock,
    lines,
    gateway,
    deps: {
      clock,
      ids: testIds(),
      keys,
      issuer: () => gateway,
      logger: { debug: note, info: note, warn: note, error: note },
      secret: (reference) => (reference === "env:SECRET" ? clientSecret : `${reference} unknown`),
    },
    agentToken: (claims = {}) => {
      const iat = Math.floor(clock.now() / 1_000);
      return agents.sign(
        { iss: agentIssuer, sub: "refund-bot", aud: "https://gateway.example", iat, exp: iat + 600, ...claims },
        "JWT",
      );
    },
    async server(options = {}) {
      const grantTypes = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"];
      const all = { grant_types: [...grantTypes, "urn:ietf:params:oauth:grant-type:jwt-bearer"] };
      const clients = [
        { ...all, client_id: "gateway", client_secret: clientSecret },
        {
          ...all,
          client_id: "signing",
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: "ES256",
          jwks_uri: `${gateway}/.well-known/jwks.json`,
        },
      ];
      const server = await startGrantsServer({ trusts: () => trusts, clients, ...options });
      trusts[server.issuer] = `${server.issuer}/jwks`;
      servers.push(server);
      return server;
    },
    client: ({ issuer }, changes = {}) => ({
      issuer,
      endpoints: null,
      clientId: "gateway",
      secretReference: "env:SECRET",
      clientAuth: null,
      caFile: null,
      addresses: new Set(["loopback"] as const),
      timeoutMs: 5_000,
      ...changes,
    }),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      published.closeAllConnections();
      await new Promise((done) => published.close(done));
      rmSync(folder, { recursive: true });
    },
  };
}

export function wish(changes: Partial<CredentialWish> = {}): CredentialWish {
  return {
    call: toolCall(),
    subject: subject(),
    session: facts().session,
    task: null,
    scope: null,
    resource: null,
    ttlS: null,
    callerToken: () => null,
    ...changes,
  };
}
