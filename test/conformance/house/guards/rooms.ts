/** The rooms of gateway/ and which of them may import which: a directed graph, from the top down, without circles. */
import { posix } from "node:path";
import { computed, importsOf, type Import } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

export interface Room {
  readonly name: string;
  /** One sentence for docs/architecture.md. */
  readonly holds: string;
  /** Room → why it is imported. Every room may import domain/ and lib/ besides; "*" stands for all rooms below. */
  readonly uses: Readonly<Record<string, string>>;
}

/** From the top down: a room may only import rooms that stand after it. */
export const rooms: readonly Room[] = [
  { name: "main", holds: "The process: signals, the first passwords, the exit code.", uses: { "*": "it starts all" } },
  {
    name: "cli",
    holds: "The command line, one file for each noun.",
    uses: { "*": "a verb works with what the server works with" },
  },
  {
    name: "compose",
    holds: "Builds every component once and hands it to those that need it.",
    uses: { "*": "it is the one place that constructs" },
  },
  {
    name: "listener",
    holds: "The agents' server: Express, TLS, limits, requests that cannot be parsed, the gateway's own endpoints.",
    uses: {
      act: "a request that cannot be parsed is refused in the same shape as every call",
      config: "the TLS settings of the listener",
      identify: "client certificates and the metadata of protected resources",
      parse: "origins of pages, and bodies that end early",
      record: "a request that cannot be parsed is recorded like every call",
    },
  },
  {
    name: "admin",
    holds: "The JSON API of the web console and its static files.",
    uses: { "sign-in": "people sign in with the same passwords and in the same way at a provider wherever they do" },
  },
  {
    name: "authzen",
    holds: "Questions of other enforcement points (AuthZEN 1.0) and their answers.",
    uses: { pipeline: "a question goes through the one request path like every call" },
  },
  {
    name: "authorize",
    holds: "The gateway as OAuth 2.1 authorization server of its own routes: clients, consent, tokens.",
    uses: {
      "sign-in": "people prove who they are as they do for the console",
      identify: "proofs of keys and assertions are verified by the same rules as those of callers",
      net: "documents of clients are fetched within limits, at addresses that are checked",
    },
  },
  {
    name: "signals",
    holds: "What other systems say of callers: event streams (SSF), issuers that are asked again, logouts.",
    uses: {
      identify: "signed events are verified by the same keys and rules as tokens",
      net: "transmitters are asked within limits of time, size and addresses",
    },
  },
  {
    name: "sign-in",
    holds: "How people prove who they are: passwords, and the way to an OpenID Connect provider and back.",
    uses: {},
  },
  {
    name: "traces",
    holds: "Spans of calls (OpenTelemetry), one for each step of the request path.",
    uses: {
      pipeline: "it stands around the steps of the one request path",
      ship: "spans are posted as records are",
      net: "what an answer of a receiver means",
    },
  },
  { name: "pipeline", holds: "The one request path: its steps, and the refusal of whatever fails in it.", uses: {} },
  {
    name: "offer",
    holds:
      "What callers find: tools by a search in the place of a list, HTTP operations as MCP tools, the list of servers.",
    uses: {
      parse: "what it writes is read by the reader of OpenAPI documents, and queries as those of calls",
      act: "a list is filtered for its caller as every list is",
      tasks: "a request whose answer nobody waits for on a connection",
    },
  },
  {
    name: "tasks",
    holds: "MCP tasks that the gateway makes of held and long calls.",
    uses: { act: "a task's answer is refused, worded and rewritten like the answer of a call" },
  },
  {
    name: "leases",
    holds: "Tasks as leases: opened, counted, ended.",
    uses: {},
  },
  {
    name: "notify",
    holds: "Messages to people about held calls: outbox, dispatcher, channels.",
    uses: { approvals: "what is told is the state of an approval", net: "messages are sent over HTTP" },
  },
  {
    name: "act",
    holds: "Carries out a decision: forwards, holds or refuses, and passes on what may come back.",
    uses: {
      net: "addresses of tool servers are checked when they are resolved",
      parse: "what comes back is read as strictly as requests are",
    },
  },
  {
    name: "stdio",
    holds: "Tool servers that are commands or speak HTTP with SSE: run, supervised, and bridged to Streamable HTTP.",
    uses: { net: "addresses of tool servers are checked when they are resolved" },
  },
  {
    name: "ship",
    holds: "Sends the decision log to where it is read: each destination from its own cursor, on a thread of its own.",
    uses: {
      record: "it reads the segments and tiles of the log",
      credentials: "requests to object stores are signed as requests to AWS are",
      net: "receivers are reached within limits, at addresses that are checked",
    },
  },
  {
    name: "bundle-services",
    holds:
      "Bundles of OPA's bundle services: asked for, verified, kept on disk, and handed to the delivery of the policy.",
    uses: {
      bundles: "archives are read and verified, and policies activated, like those from everywhere else",
      credentials: "tokens are asked for and requests signed as those of calls are",
      net: "servers are asked within limits, at addresses that are checked",
    },
  },
  {
    name: "credentials",
    holds: "What calls carry to tool servers, made when they are sent: one provider for each kind of credential.",
    uses: { net: "whoever makes or keeps a credential is asked within limits, at addresses that are checked" },
  },
  {
    name: "approvals",
    holds: "Held calls: votes, quorum, grants, receipts, revocation, attention of people.",
    uses: {},
  },
  {
    name: "limits",
    holds: "What calls may take: rates, budgets, calls under way, loops, breakers of tool servers.",
    uses: {},
  },
  {
    name: "risk",
    holds: "How risky a call is: what is remembered of callers, and the signals that are found of a call.",
    uses: {},
  },
  { name: "parse", holds: "Bytes to tool calls: HTTP, JSON, MCP, OpenAPI; strict, one reading.", uses: {} },
  {
    name: "identify",
    holds: "Who calls, bound to which key, acting for whom.",
    uses: { net: "keys and introspection answers are read within limits" },
  },
  {
    name: "gather",
    holds: "What the gateway knows of a call: session, catalog, definition, approval, revocation.",
    uses: {},
  },
  {
    name: "endings",
    holds: "What is under way at tool servers, and the one place that ends access to it.",
    uses: {},
  },
  {
    name: "provenance",
    holds: "Where the values of a session's calls come from: reading, memory, matching.",
    uses: { detect: "an IBAN is recognised by the same lengths and check digits" },
  },
  {
    name: "detect",
    holds: "Finds secrets, personal data and phrases aimed at agents in texts; pure.",
    uses: {},
  },
  {
    name: "impact",
    holds: "What a change of policy would change: calls judged by another policy, compared and counted.",
    uses: { decide: "both policies are asked in the same way as calls are" },
  },
  { name: "decide", holds: "The policy engine: WASM, its budget, Rego's built-in functions.", uses: {} },
  { name: "record", holds: "The decision log, its search, metrics and the process log.", uses: {} },
  {
    name: "bundles",
    holds: "From Rego or an archive to an active policy: build, signatures, checks, activation.",
    uses: {},
  },
  { name: "store", holds: "Durable state in SQLite or PostgreSQL.", uses: {} },
  {
    name: "config",
    holds: "The configuration: schema, checks, defaults, environment.",
    uses: { net: "the form of a webhook's secret" },
  },
  { name: "net", holds: "Outgoing requests: classes of addresses, signed posts, bounded reads.", uses: {} },
  { name: "domain", holds: "The words: types and pure transitions. No I/O, no clock.", uses: {} },
  { name: "lib", holds: "Small general helpers that know no word of the domain.", uses: {} },
];

const orderOf = new Map(rooms.map(({ name }, at) => [name, at]));
const common = new Set(["domain", "lib"]);

/** Functions of Node that are pure: no I/O, no clock, no chance. */
const pure = new Map([["node:crypto", new Set(["hash"])]]);

/** What is wrong with the table itself: arrows that lead up, and arrows that nothing uses. */
export function tableProblems(files: readonly SourceFile[], table: readonly Room[] = rooms): string[] {
  const arrows = new Set(files.flatMap(arrowsOf));
  return table.flatMap(({ name, uses }, at) =>
    Object.keys(uses).flatMap((other) => {
      if (other === "*") return [];
      const there = table.findIndex((room) => room.name === other);
      if (there <= at) return [`${name} → ${other} does not lead down`];
      return arrows.has(`${name} ${other}`) ? [] : [`${name} → ${other} is declared, and nothing uses it`];
    }),
  );
}

export function roomProblems(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => /\.tsx?$/.test(file.path))
    .flatMap((file) =>
      importsOf(file).flatMap((one) => problemOf(file.path, one).map((text) => `${file.path}:${one.line} ${text}`)),
    );
}

/** Null for files outside the gateway. */
function roomOf(path: string): string | null {
  const [top, second, ...rest] = path.split("/");
  if (top !== "gateway" || second === undefined) return null;
  return rest.length === 0 ? second.replace(/\.ts$/, "") : second;
}

function arrowsOf(file: SourceFile): string[] {
  const here = roomOf(file.path);
  if (here === null || !file.path.endsWith(".ts")) return [];
  return importsOf(file).flatMap(({ specifier }) => {
    const there = specifier.startsWith(".") ? roomOf(posix.join(posix.dirname(file.path), specifier)) : null;
    return there === null ? [] : [`${here} ${there}`];
  });
}

function problemOf(path: string, one: Import): string[] {
  const here = roomOf(path);
  if (here === null) return outsideProblem(path, one);
  if (!orderOf.has(here)) return ["is in no room of gateway/ that the table of rooms has"];
  if (one.specifier === computed) return [`imports ${computed}: a guard cannot see what`];
  if (!one.specifier.startsWith(".")) return common.has(here) ? wordsProblem(here, one) : [];
  const target = posix.join(posix.dirname(path), one.specifier);
  if (target === "package.json") return [];
  const there = roomOf(target);
  if (there === null || !orderOf.has(there)) return [`imports ${target}, which is in no room of the gateway`];
  return mayImport(here, there) ? [] : [`imports ${target}: ${here} → ${there} is not declared in the table of rooms`];
}

function mayImport(here: string, there: string): boolean {
  const from = orderOf.get(here) ?? 0;
  const to = orderOf.get(there) ?? 0;
  if (here === there) return true;
  if (to < from) return false;
  const { uses } = rooms[from] as Room;
  return common.has(there) || there in uses || "*" in uses;
}

/** The words have no I/O and no clock: of Node they may take types, and what is pure. */
function wordsProblem(room: string, one: Import): string[] {
  if (room === "lib") return [];
  if (one.specifier.startsWith("node:") && one.typeOnly) return [];
  const allowed = pure.get(one.specifier);
  if (allowed !== undefined && one.names.length > 0 && one.names.every((name) => allowed.has(name))) return [];
  return [`imports ${one.specifier}; domain/ imports nothing but itself, lib/ and types of Node`];
}

/** The console is built for browsers: what it shares with the gateway is types. */
function outsideProblem(path: string, one: Import): string[] {
  if (!path.startsWith("console/") || !one.specifier.startsWith(".")) return [];
  const target = posix.join(posix.dirname(path), one.specifier);
  return target.startsWith("gateway/") && !one.typeOnly ? [`imports ${target} at run time; only its types`] : [];
}
