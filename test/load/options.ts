import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { listedPeers } from "./peers/all.ts";
import { loadNames } from "./stores/loads.ts";

export const benches = [
  "proxies",
  "policy",
  "json",
  "results",
  "credentials",
  "limits",
  "holds",
  "events",
  "evidence",
  "activation",
  "stores",
  "replay",
  "full",
] as const;

/** Groups of rows of the bench `full`, by which it can be narrowed. */
export const fullGroups = ["connections", "distinct", "mcp", "sizes", "answers", "sustained"] as const;

/** Rows of the bench `events`, by which it can be narrowed. */
export const eventRows = ["sse-200", "sse-2000", "mcp-200", "mcp-2000"] as const;

/** Rows of the bench `activation`, by which it can be narrowed. */
export const activationRows = [
  ...(["data-10", "data-5000", "data-5000-later", "rules-20", "rules-1000", "tools-5000"] as const),
  ...(["data-5mb", "data-50mb"] as const),
] as const;

export type Bench = (typeof benches)[number];

/** Of the benches that have rows of their own. */
const rowsOf: { readonly [bench in Bench]?: readonly string[] } = {
  activation: activationRows,
  events: eventRows,
  stores: loadNames,
  full: fullGroups,
};

export interface BenchOptions {
  readonly bench: Bench;
  readonly rounds: number;
  /** Length of one measured window. */
  readonly seconds: number;
  /** Peers to measure; empty means all. */
  readonly only: readonly string[];
  /** Folder of another checkout whose gateway is measured in the same rounds. */
  readonly against: string | null;
  /** Policy folder of every gateway; null: the one of its checkout. */
  readonly policyFolder: string | null;
  /** Size of the tool's answer in KB, and how many requests are under way at once. */
  readonly answerKb: number;
  readonly concurrency: number;
  /** Where the results go; null: test/load/results.json for the whole table, nowhere for a part of it. */
  readonly out: string | null;
  /** Folder for CPU profiles of every Node process on the gateway's side; null takes none. */
  readonly profile: string | null;
}

export const usage = `npm run bench -- [${benches.join("|")}] [--rounds N] [--seconds N] [--only name,name] [--against CHECKOUT] [--policy FOLDER] [--answer KB] [--concurrency N] [--out FILE] [--profile FOLDER]
proxies (default)  CPU per request against ${listedPeers.map(({ name }) => name).join(", ")}
policy             one evaluation at four input sizes: own host, stock SDK, opa bench, cedar-wasm
full, or --full    sizes, connections, streams, MCP and distinct bodies, each against the bare proxy and http-proxy-3 under the same load; --only ${fullGroups.join(", ")}
json               the strict JSON reader against JSON.parse
results            provenance: tracing a call and learning its result, against the strict reading of that result; how long the event loop stands still for a megabyte; session lookup and memory; a call without rules about its result
credentials        what a credential costs a call: a signed JWT, a kept token, an answer looked through
limits             what limits, tasks and risk add to a call
holds              memory per held call
evidence           CPU and bytes of a call's record, with and without the tree that proves it
activation         from an edit of data or rules to its effect; starts with 5,000 tool packages; --only ${activationRows.join(", ")}
replay             recorded decisions judged anew, a second, and CPU time of each
events             CPU an event of a stream, against a bare pipe and, with --against, a gateway of another checkout; --only ${eventRows.join(", ")}
stores             the same call on the embedded store and on PostgreSQL, at 16, 64 and 256 connections: CPU of the gateway and of the database, statements and bytes a call; --only ${loadNames.join(", ")}`;

/** @throws Error that says which argument is wrong */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      only: { type: "string", default: "" },
      full: { type: "boolean", default: false },
      against: { type: "string" },
      policy: { type: "string" },
      answer: { type: "string", default: "1" },
      concurrency: { type: "string", default: "16" },
      out: { type: "string" },
      profile: { type: "string" },
    },
  });
  const [bench = values.full ? "full" : "proxies", ...others] = positionals;
  if (others.length > 0 || !isBench(bench)) throw new Error(`no such bench: ${positionals.join(" ")}`);
  const only = values.only.split(",").filter((name) => name !== "");
  const known = rowsOf[bench] ?? listedPeers.map(({ name }) => name);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`none of ${known.join(", ")}: ${unknown.join(", ")}`);
  return {
    bench,
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    only,
    against: values.against === undefined ? null : resolve(values.against),
    policyFolder: values.policy === undefined ? null : resolve(values.policy),
    answerKb: positive("answer", values.answer),
    concurrency: positive("concurrency", values.concurrency),
    out: values.out === undefined ? null : resolve(values.out),
    profile: values.profile === undefined ? null : folder(values.profile),
  };
}

/** Node's flags for a CPU profile of every process on the gateway's side. */
export function profileFlags(folder: string | null): string[] {
  return folder === null ? [] : ["--cpu-prof", "--cpu-prof-dir", folder];
}

function isBench(name: string): name is Bench {
  return (benches as readonly string[]).includes(name);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1 on, not ${text}`);
  return value;
}

function folder(path: string): string {
  mkdirSync(path, { recursive: true });
  return resolve(path);
}
