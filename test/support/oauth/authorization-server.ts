/** The authorization server with real stores, keys and revocations, asked without sockets. */
import { randomBytes } from "node:crypto";
import { createAuthorize } from "../../../gateway/authorize/create-authorize.ts";
import type { AuthorizeDeps, AuthorizedRoute } from "../../../gateway/authorize/deps.ts";
import type { Account } from "../../../gateway/domain/account.ts";
import type { AuthorizationSettings } from "../../../gateway/domain/authorization.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { OwnRequest } from "../../../gateway/domain/route.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { TaskKeys } from "../../../gateway/identify/task-token/task-keys.ts";
import { checkedFetch } from "../../../gateway/net/checked-fetch.ts";
import { accountStore } from "../../../gateway/store/accounts.ts";
import { authorizationStore } from "../../../gateway/store/authorizations.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { leaseKeyStore } from "../../../gateway/store/kept-keys.ts";
import { registeredClientStore } from "../../../gateway/store/registered-clients.ts";
import { route, TestClock } from "../builders.ts";
import { noJournal, noOthers, testEndings } from "../endings.ts";
import { quiet } from "../quiet.ts";

export const issuer = "https://gw.example";

export const crm: AuthorizedRoute = {
  id: "crm",
  server: "crm",
  audience: `${issuer}/mcp/crm`,
  resource: `${issuer}/mcp/crm`,
};
export const mail: AuthorizedRoute = {
  id: "mail",
  server: "mail",
  audience: `${issuer}/mcp/mail`,
  resource: `${issuer}/mcp/mail`,
};

export const loopbackClient = {
  id: "desk",
  name: "Desk",
  redirectUris: ["http://127.0.0.1/callback"],
  secretReference: null,
};
export const hostedClient = {
  id: "hosted",
  name: "Hosted",
  redirectUris: ["https://app.example/back?from=gw"],
  secretReference: "env:HOSTED",
};

export function settings(changes: Partial<AuthorizationSettings> = {}): AuthorizationSettings {
  return {
    issuer,
    route: route(),
    signIn: null,
    roles: null,
    allRoles: ["ops", "support"],
    clients: [loopbackClient, hostedClient],
    documents: { addresses: new Set(["public"]), caFile: null },
    registration: { perHour: 3, keptMs: 30 * 86_400_000, most: 5 },
    assertions: [],
    accessMs: 600_000,
    refresh: { idleMs: 7 * 86_400_000, longestMs: 30 * 86_400_000 },
    ...changes,
  };
}

export const alice: Account = {
  id: '["local","u_1"]',
  name: "alice",
  password: "kept",
  roles: ["support", "ops"],
  teams: [],
  also: [],
  created_at: 0,
  provider: null,
};

export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
  /** Of JSON; an empty object for a page. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Where it leads; null when nowhere. */
  readonly location: URL | null;
}

export interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export type TestServer = Awaited<ReturnType<typeof authorizationServer>>;

export async function authorizationServer(
  given: { readonly settings?: Partial<AuthorizationSettings>; readonly deps?: Partial<AuthorizeDeps> } = {},
) {
  const clock = new TestClock();
  // Proofs and assertions are made by libraries that look at the system's clock.
  clock.at = Date.now();
  const ids = { make: (prefix: string) => `${prefix}_${randomBytes(16).toString("base64url")}` };
  const connection = new Connection(openDatabase(":memory:"));
  const accounts = accountStore(connection);
  await accounts.put(alice);
  const { endings } = testEndings();
  const access = await revocations({
    store: revocationStore(connection),
    clock,
    ids,
    logger: quiet,
    endings,
    announcements: noOthers,
    journal: noJournal,
  });
  const deps: AuthorizeDeps = {
    settings: settings(given.settings),
    routes: [crm, mail],
    store: authorizationStore(connection),
    registered: registeredClientStore(connection),
    accounts,
    async checkPassword({ name }, password) {
      const account = password === "right" ? await accounts.withPassword(name) : null;
      if (account === null) throw new Refusal("login_failed");
      return account;
    },
    keys: new TaskKeys(leaseKeyStore(connection), clock),
    assertionIssuers: new Map(),
    sharedProofs: null,
    fetchDocument: checkedFetch({ addresses: new Set(), caFile: null, timeoutMs: 5_000, maxBytes: 16_384 }),
    revocations: access,
    maxProofs: 1_000,
    clock,
    ids,
    logger: quiet,
    secret: () => "the secret",
    read: (exchange) => Promise.resolve(requests.get(exchange) as OwnRequest),
    readOpen: (exchange) => Promise.resolve(requests.get(exchange) as OwnRequest),
    ...given.deps,
  };
  const requests = new WeakMap<Exchange, OwnRequest>();
  const answer = createAuthorize(deps);

  async function ask(method: string, path: string, sent: Sent = {}): Promise<Said> {
    const { exchange, said } = exchangeOf(method, path, sent);
    requests.set(exchange, requestOf(method, path, sent));
    await answer(exchange);
    return said();
  }
  /** All that the store holds of it. */
  function dump(): string {
    const tables = ["grants", "codes", "refresh_tokens", "access_tokens", "clients", "once"];
    return JSON.stringify(tables.map((table) => connection.database.prepare(`SELECT * FROM oauth_${table}`).all()));
  }
  return { deps, clock, accounts, revocations: access, ask, dump, close: () => connection.database.close() };
}

function requestOf(method: string, path: string, { query = {}, form, json, headers = {} }: Sent): OwnRequest {
  return {
    method,
    path,
    query: Object.entries(query),
    document: (form ?? json) as OwnRequest["document"],
    header: (name) => headers[name] ?? null,
  };
}

function exchangeOf(method: string, path: string, { headers = {}, address = "192.0.2.7" }: Sent) {
  const set: Record<string, string | readonly string[]> = {};
  let status = 0;
  let text = "";
  const res = {
    headersSent: false,
    setHeader: (name: string, value: string | readonly string[]) => (set[name.toLowerCase()] = value),
    writeHead: (code: number) => (status = code),
    end: (body = "") => (text = body),
  };
  const rawHeaders = Object.entries(headers).flat();
  const req = { method, url: path, rawHeaders, headers, socket: { remoteAddress: address } };
  const said = (): Said => ({
    status,
    headers: set,
    text,
    // HEAD has none.
    body:
      text !== "" && String(set["content-type"]).startsWith("application/json")
        ? (JSON.parse(text) as Said["body"])
        : {},
    location: set["location"] === undefined ? null : new URL(String(set["location"]), issuer),
  });
  return { exchange: { req, res } as unknown as Exchange, said };
}
