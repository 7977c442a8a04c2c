import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { decodeProtectedHeader } from "jose";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { consoleSecret } from "../identity/people-provider.ts";
import type { PolicyCopy } from "../policy-copy.ts";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../recording-upstream.ts";
import { crmRoute, paymentsRoute } from "../routes.ts";
import { startGateway, type TestGateway } from "../start-gateway.ts";
import { type GrantsServer, startGrantsServer } from "./grants-server.ts";

/** In the environment of every gateway of tests. */
export const clientSecret = consoleSecret;

export interface CredentialWorldOptions {
  /** Where each static secret is: `env:NAME` or `file:PATH`. */
  readonly secrets?: Readonly<Record<"header" | "query" | "body", string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A gateway with one route for each kind of credential, in front of one tool server, and two authorization servers. */
export interface CredentialWorld {
  readonly gateway: TestGateway;
  readonly upstream: RecordingUpstream;
  /** Of the gateway's own domain, and of another one. */
  readonly server: GrantsServer;
  readonly other: GrantsServer;
  call(route: RouteName, init?: CallInit): Promise<Called>;
  close(): Promise<void>;
}

export const routeNames = ["header", "query", "body", "client", "exchange", "signed", "jag", "jwt"] as const;
export type RouteName = (typeof routeNames)[number];

export interface CallInit {
  readonly path?: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly session?: string;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly token: string;
  readonly decisionId: string;
}

const note = { sensitivity: "low", reversible: true, sink: "internal", owner: "payments-team", labels: [] };

/** Policy names scope, resource and lifetime for calls with an amount, as a site would write it. */
const narrowing = `package sallyport.rules.outgoing.narrow

oblige contains {"type": "inject_credential", "credential": "client", "scope": ["read"], "ttl": 45} if {
	input.context.arguments.amount == 1
}

oblige contains {"type": "inject_credential", "credential": "nobody"} if input.context.arguments.amount == 2
`;

/** Also makes `POST /v1/notes` a known tool of `payments` that nobody has to approve. */
async function addRules(policy: PolicyCopy): Promise<void> {
  await policy.addData("catalog", { payments: { "POST /v1/notes": note } });
  const path = policy.file("sallyport/rules/outgoing/narrow/narrow.rego");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, narrowing);
}

export async function credentialWorld(options: CredentialWorldOptions = {}): Promise<CredentialWorld> {
  const upstream = await recordingUpstream();
  const trusts: Record<string, string> = {};
  const grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"];
  const client = { client_id: "gateway", client_secret: clientSecret };
  const all = { ...client, grant_types: [...grants, "urn:ietf:params:oauth:grant-type:jwt-bearer"] };
  const servers = await Promise.all([1, 2].map(() => startGrantsServer({ trusts: () => trusts, clients: [all] })));
  const [server, other] = servers as [GrantsServer, GrantsServer];
  for (const { issuer } of servers) trusts[issuer] = `${issuer}/jwks`;
  const gateway = await startGateway({
    routes: [
      ...routeNames.map((name) => routeTo(name, upstream.origin)),
      crmRoute(upstream.origin, { credential: "header" }),
    ],
    policy: addRules,
    config: { credentials: credentialsOf(server, other, options), ...options.config },
  });
  const keys = await devKeys(gateway);
  trusts["urn:sallyport:development:dev"] = keys.url;
  trusts[gateway.agents] = `${gateway.agents}/.well-known/jwks.json`;
  return {
    gateway,
    upstream,
    server,
    other,
    call: (route, init) => call(gateway, route, init),
    close: async () => {
      await gateway.close();
      await Promise.all([keys.close(), upstream.close(), server.close(), other.close()]);
    },
  };
}

function routeTo(name: RouteName, origin: string) {
  return paymentsRoute(origin, { id: name, prefix: `/${name}`, credential: name });
}

function credentialsOf(server: GrantsServer, other: GrantsServer, { secrets }: CredentialWorldOptions): object {
  const known = { header: "env:DEMO_PAYMENTS_KEY", query: "env:DEMO_CRM_KEY", body: "env:DEMO_CRM_KEY", ...secrets };
  const client = ({ issuer }: GrantsServer) => ({
    issuer,
    client_id: "gateway",
    client_secret: "env:CONSOLE_SECRET",
    allow_addresses: ["loopback"],
  });
  return {
    header: { prefix: "Bearer ", value: known.header },
    query: { query: "api_key", value: known.query },
    body: { body: "/api_key", value: known.body },
    client: {
      provider: "client_credentials",
      ...client(server),
      scopes: ["read", "write"],
      resource: "https://crm.example",
    },
    exchange: { provider: "token_exchange", ...client(server) },
    signed: { provider: "token_exchange", ...client(server), subject_token: "signed", header: "x-service-token" },
    jag: {
      provider: "id_jag",
      identity_provider: client(server),
      authorization_server: client(other),
      scopes: ["read"],
    },
    jwt: { provider: "signed_jwt" },
  };
}

/** The development issuer's public key, where an authorization server can look it up. */
export async function devKeys({ dir, token }: TestGateway): Promise<{ readonly url: string; close(): Promise<void> }> {
  const file = JSON.parse(await readFile(join(dir, "data/issuer-dev.jwk.json"), "utf8")) as JsonObject;
  const { kid } = decodeProtectedHeader(token({ sub: "nobody", role: "none" }, "/"));
  const published = {
    kid,
    ...createPublicKey({ key: file, format: "jwk" }).export({ format: "jwk" }),
    alg: "ES256",
    use: "sig",
  };
  const server = createServer((_req, res) => {
    res.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [published] }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

async function call(gateway: TestGateway, route: RouteName, init: CallInit = {}): Promise<Called> {
  const { json, session, path = json === undefined ? "/v1/orders/o-881" : "/v1/notes" } = init;
  const who = { sub: "refund-bot", role: "refunds", ...(session === undefined ? {} : { session }) };
  const token = gateway.token(who, `/${route}`);
  const response = await fetch(`${gateway.agents}/${route}${path}`, {
    method: json === undefined ? "GET" : "POST",
    redirect: "manual",
    headers: {
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...init.headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const decisionId = response.headers.get("sallyport-decision") ?? "";
  return { status: response.status, headers: response.headers, text, token, decisionId };
}

/** What a request held, as one text: method, target, headers, body. */
export function textOf({ method, target, headers, body }: Recorded): string {
  return JSON.stringify([method, target, headers, body.toString("latin1")]);
}

export function headerOf({ headers }: Recorded, name: string): string | undefined {
  return headers.find(([one]) => one === name)?.[1];
}
