import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { type GrantsServer, startGrantsServer } from "../../support/credentials/grants-server.ts";
import { clientSecret, devKeys } from "../../support/credentials/credential-world.ts";
import { sendRaw } from "../../support/raw-client.ts";
import { crmRoute, paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import { readOptions, runChecks } from "../run-checks.ts";
import { canary, credentialOf, type Kind, kinds } from "./canary-world/credentials.ts";
import { httpEchoes, mcpEchoes } from "./canary-world/echoes.ts";
import { type EchoingUpstream, echoingUpstream } from "./canary-world/echoing-upstream.ts";
import { accountOwner, isKept, openKeepers } from "./canary-world/keepers.ts";
import { filesBelow, foundIn, readings } from "./canary-world/search.ts";

/** Secrets through all kinds of credentials, sent back by tool servers in every way: none is seen beside the request itself. */
export const canaries: Check = {
  name: "canary-secrets",
  full: 200,
  quick: 24,
  run: async (context) => {
    const world = await openWorld(context);
    try {
      return await sendAll(world, context);
    } finally {
      await world.close();
    }
  },
};

interface World {
  readonly gateway: TestGateway;
  readonly upstream: EchoingUpstream;
  readonly servers: readonly GrantsServer[];
  /** What is kept elsewhere, and must be seen nowhere. */
  readonly kept: () => readonly string[];
  close(): Promise<void>;
}

/** One credential of its own for each canary, those whose tokens are one for all callers included. */
async function openWorld({ count, random }: CheckContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-canaries-"));
  const upstream = await echoingUpstream();
  const trusts: Record<string, string> = {};
  const grants = [
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
  ];
  const clients = [{ client_id: "gateway", client_secret: clientSecret, grant_types: grants }];
  const servers = await Promise.all([1, 2].map(() => startGrantsServer({ trusts: () => trusts, clients })));
  for (const { issuer } of servers) trusts[issuer] = `${issuer}/jwks`;
  const names = Array.from({ length: count }, (_, at) => nameOf(at));
  const credentials: Record<string, object> = {};
  const keepers = await openKeepers(folder);
  for (const [at, name] of names.entries()) {
    const [file, text, kind] = [join(folder, name), canary(random), kindOf(at)];
    await writeFile(file, text, { mode: 0o600 });
    credentials[name] = isKept(kind)
      ? await keepers.credentialOf(kind, name, text)
      : credentialOf(kind, at, `file:${file}`, servers as [GrantsServer, GrantsServer]);
  }
  const gateway = await startGateway({
    login: (consoleUrl) => keepers.login(consoleUrl),
    routes: names.flatMap((name) => [
      paymentsRoute(upstream.origin, { id: name, prefix: `/${name}`, credential: name }),
      crmRoute(upstream.origin, { id: `mcp-${name}`, prefix: `/mcp/${name}`, credential: name }),
    ]),
    policy: (copy) => copy.addData("catalog", { payments: { "POST /v1/notes": note } }),
    config: Object.assign(keepers.config, { credentials }),
  });
  await keepers.connectAll(gateway);
  const keys = await devKeys(gateway);
  trusts["urn:sallyport:development:dev"] = keys.url;
  trusts[gateway.agents] = `${gateway.agents}/.well-known/jwks.json`;
  return {
    gateway,
    upstream,
    servers,
    kept: keepers.secrets,
    close: async () => {
      await gateway.close();
      await Promise.all([keys, upstream, keepers, ...servers].map((one) => one.close()));
      await rm(folder, { recursive: true });
    },
  };
}

const note = { sensitivity: "low", reversible: true, sink: "internal", owner: "payments-team", labels: [] };
const kindOf = (at: number): Kind => kinds[at % kinds.length] as Kind;
/** Whom the agent acts for where a credential is a person's own. */
const personOf = (at: number): object => (kindOf(at) === "person" ? { actingFor: accountOwner } : {});
const nameOf = (at: number): string => `${kindOf(at)}-${at}`;

interface Seen {
  /** Answers in which something stands in a credential's place, and answers that were withheld. */
  removed: number;
  withheld: number;
  answers: number;
}

async function sendAll(world: World, { count, random, progress }: CheckContext): Promise<Tried> {
  const failures = new Failures();
  const seen: Seen = { removed: 0, withheld: 0, answers: 0 };
  for (let at = 0; at < count; at += 1) {
    progress(at);
    const before = world.upstream.given.length;
    for (const name of Object.keys(httpEchoes)) await sendOne(world, at, { name, isMcp: false }, seen, failures);
    // Those of an MCP server take turns, so that every kind meets each of them.
    for (const name of Object.keys(mcpEchoes))
      if (random.chance(0.5)) await sendOne(world, at, { name, isMcp: true }, seen, failures);
    if (world.upstream.given.length === before)
      failures.add(`no credential of ${nameOf(at)} has reached the tool server`);
  }
  const cards = await Promise.all(kinds.slice(0, count).map((_kind, at) => approveOne(world, at, failures)));
  await searchTraces(world, cards, failures);
  if (seen.removed < count * 10)
    failures.add(`only ${seen.removed} answers had a credential taken out: the echoes do not work`);
  const secrets = new Set(world.upstream.given).size;
  return { count: secrets, failures: failures.list(), figures: { ...seen } };
}

interface Call {
  readonly name: string;
  readonly isMcp: boolean;
}

async function sendOne(
  { gateway, upstream }: World,
  at: number,
  call: Call,
  seen: Seen,
  failures: Failures,
): Promise<void> {
  const before = upstream.given.length;
  const { token, text } = requestOf(gateway, at, call);
  const came = await sendRaw(gateway.agents, text);
  const texts = readings(came);
  seen.answers += 1;
  if (came.includes("credential removed") || came.includes("credential%20removed")) seen.removed += 1;
  if (/upstream_|result_unreadable/.test(came)) seen.withheld += 1;
  for (const secret of new Set(upstream.given.slice(before))) {
    const found = foundIn(texts, secret);
    if (found !== null) failures.add(`${nameOf(at)} is in the answer to ${call.name}: ${found}`);
  }
  if (upstream.requests.slice(-1).some((request) => request.includes(token)))
    failures.add(`the agent's own token has reached the tool server: ${nameOf(at)}, ${call.name}`);
}

function requestOf(
  gateway: TestGateway,
  at: number,
  { name, isMcp }: Call,
): { readonly token: string; readonly text: string } {
  const kind = kindOf(at);
  const prefix = `${isMcp ? "/mcp" : ""}/${nameOf(at)}`;
  const who = isMcp ? { sub: "support-bot", role: "support" } : { sub: "refund-bot", role: "refunds" };
  const token = gateway.token({ ...who, ...personOf(at), session: `canary-${at}` }, prefix);
  const rpc = {
    jsonrpc: "2.0",
    id: 8,
    method: "tools/call",
    params: { name: "find_ticket", arguments: { query: `echo-${name}-end` } },
  };
  const json = isMcp ? JSON.stringify(rpc) : kind === "body" ? JSON.stringify({ order_id: `echo-${name}-end` }) : "";
  const target = isMcp ? prefix : kind === "body" ? `${prefix}/v1/notes` : `${prefix}/v1/orders/echo-${name}-end`;
  const lines = [
    `${json === "" ? "GET" : "POST"} ${target} HTTP/1.1`,
    `Host: ${new URL(gateway.agents).host}`,
    `Authorization: Bearer ${token}`,
    `Cookie: session=${token}`,
    "Accept: application/json, text/event-stream",
    "Connection: close",
    ...(json === "" ? [] : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(json)}`]),
  ];
  return { token, text: `${lines.join("\r\n")}\r\n\r\n${json}` };
}

/** A call that people approve: its answer is sent, kept for its caller, and sent again. @returns the card, when it has run */
async function approveOne({ gateway, upstream }: World, at: number, failures: Failures): Promise<string> {
  const prefix = `/${nameOf(at)}`;
  const who = { sub: "refund-bot", role: "refunds", ...personOf(at) };
  const token = gateway.token({ ...who, session: `approved-${at}` }, prefix);
  const body = JSON.stringify({ order_id: "echo-body-end", amount: 120, currency: "EUR", reason: "broken" });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const call = async (): Promise<string> =>
    (await fetch(`${gateway.agents}${prefix}/v1/refunds`, { method: "POST", headers, body })).text();
  const { approval } = JSON.parse(await call()) as { approval?: { id: string } };
  if (approval === undefined) {
    failures.add(`a refund of ${nameOf(at)} was not held`);
    return "";
  }
  const approver = await gateway.approver();
  await approver.approve(approval.id);
  const before = upstream.given.length;
  const texts = readings([await call(), await call()].join("\n"));
  for (const secret of new Set(upstream.given.slice(before))) {
    const found = foundIn(texts, secret);
    if (found !== null) failures.add(`${nameOf(at)} is in the answer to an approved call: ${found}`);
  }
  return JSON.stringify(await approver.get(`/api/approvals/${approval.id}`));
}

/** Whatever the gateway has written or tells: its log, its records, its store, its metrics, and what the console shows. */
async function searchTraces(
  { gateway, upstream, servers, kept }: World,
  cards: readonly string[],
  failures: Failures,
): Promise<void> {
  const approver = await gateway.approver();
  const pages = ["/api/decisions?limit=200", "/api/approvals?state=open&limit=200", "/api/health"];
  const told = await Promise.all(pages.map(async (page) => JSON.stringify(await approver.get(page).catch(() => null))));
  const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
  const places = new Map([
    ["standard output and error", gateway.output()],
    ["metrics", metrics],
    ["the console", [...told, ...cards].join("\n")],
    ...(await filesBelow(join(gateway.dir, "data"))),
  ]);
  const given = servers.flatMap((server) => server.given.map(({ token }) => token));
  const secrets = new Set([...upstream.given, ...given, ...kept(), clientSecret]);
  for (const [place, text] of places) {
    const texts = readings(text);
    for (const secret of secrets) {
      const found = foundIn(texts, secret);
      if (found !== null) failures.add(`a secret is in ${place}: ${found}`);
    }
  }
  const records = [...places].filter(([place]) => place.endsWith(".jsonl")).map(([, text]) => text);
  const flagged = records.join("").match(/"credentials":\{"names":\["[^"]+"\],"removed":[1-9]/g) ?? [];
  if (flagged.length === 0) failures.add("no record says that a credential was sent back");
}

/** `node test/verify/access/canaries.ts [--quick] [--seed N]` runs it alone. */
if (import.meta.main) {
  const summary: JsonObject = {
    ...(await runChecks("access-canaries", [canaries], readOptions(process.argv.slice(2)))),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  process.exitCode = summary["ok"] === true ? 0 : 1;
}
