import type { DescribedTool } from "./described-tool.ts";

/** Facts of a catalog line. A fact that is left out is unknown, and counts as the worst one. */
export interface InferredFacts {
  readonly sensitivity?: "low";
  readonly reversible?: boolean;
  readonly mutates?: boolean;
  readonly sink?: "internal" | "external";
}

/** Words of a name whose effect nobody undoes. */
const irreversible = new Set(
  (
    "authorize book buy cancel charge close commit delete deploy destroy disburse drop erase execute fire hire kill merge order " +
    "pay payout publish purchase purge refund reject release remove reset revoke run sell send settle sign submit terminate trade transfer " +
    "truncate unsubscribe void wipe wire withdraw"
  ).split(" "),
);

/** Words of a name by which something leaves the house. */
const external = new Set(
  (
    "broadcast chat comment email export forward invite mail message notify pay payout post publish reply send share sms tweet upload " +
    "transfer webhook wire"
  ).split(" "),
);

const reading = new Set(
  "check count describe fetch find get has is list lookup query read search show view".split(" "),
);
const joining = new Set(["and", "or", "then"]);

/**
 * What can be inferred of a tool from its method, its server's hints and the words of its name. The hints are the server's own, and a
 * name proves nothing, so each is for a person to check; a word that sounds dangerous counts more than a hint that says it is not.
 */
export function inferFacts({ name, place, method, hints }: DescribedTool): InferredFacts {
  // Of an operation without a name, the method is no word: POST sends nothing out by itself.
  const words = wordsOf(name === place ? name.replace(/^\S+/, "") : name);
  const told = namesAReading(words) ? [] : words;
  const [ends, leaves] = [told.some((word) => irreversible.has(word)), told.some((word) => external.has(word))];
  const says = method === null ? hints.readOnly === true : method === "GET" || method === "HEAD";
  if (says && !ends && !leaves) {
    // An MCP server that does not say so has tools that reach an open world (MCP 2025-11-25, ToolAnnotations).
    const staysInside = method !== null || hints.openWorld === false;
    const sink = staysInside ? ({ sink: "internal" } as const) : {};
    return { sensitivity: "low", reversible: true, mutates: false, ...sink };
  }
  const final = ends || hints.destructive === true || method === "DELETE";
  return { mutates: true, ...(final ? { reversible: false } : {}), ...(leaves ? { sink: "external" } : {}) };
}

/** `createRefund`, `create_refund` and `create-refund` are the words create and refund. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

/** `get_refund` names a refund, and `get_and_refund` does one. */
function namesAReading([first = "", ...others]: readonly string[]): boolean {
  return reading.has(first) && !others.some((word) => joining.has(word));
}

/** Whether a call of it only reads, as far as is known: the tools that a role may use from the start. */
export function onlyReads({ mutates, sink }: InferredFacts): boolean {
  return mutates === false && sink === "internal";
}
