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

/**
 * What can be inferred of a tool from its method, its server's hints and the words of its name. The hints are the server's own, and a
 * name proves nothing, so each is for a person to check; a word that sounds dangerous counts more than a hint that says it is not.
 */
export function inferFacts({ name, place, method, hints }: DescribedTool): InferredFacts {
  // Of an operation without a name, the method is no word: POST sends nothing out by itself.
  const words = wordsOf(name === place ? name.replace(/^\S+/, "") : name);
  const [ends, leaves] = [words.some((word) => irreversible.has(word)), words.some((word) => external.has(word))];
  const says = method === null ? hints.readOnly === true : method === "GET" || method === "HEAD";
  if (says && !ends && !leaves) {
    const sink = hints.openWorld === true ? {} : ({ sink: "internal" } as const);
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

/** Whether a call of it only reads, as far as is known: the tools that a role may use from the start. */
export function onlyReads({ mutates, sink }: InferredFacts): boolean {
  return mutates === false && sink === "internal";
}
