import { hash } from "node:crypto";
import type { CatalogFact } from "../domain/facts.ts";
import { oncePer } from "../lib/caches.ts";
import { type JsonValue, pointerSteps } from "../lib/json.ts";

/** Digest of a text that says nothing to others; another one in every process. */
export type Digest = (text: string) => string;

export function saltedDigest(salt: string): Digest {
  return (text) => hash("sha256", `${salt}\n${text}`, "base64url").slice(0, 16);
}

const most = 8;

const pathsOf = oncePer(({ destination }: CatalogFact) => destination.map(pointerSteps));

/** Where the call sends to, by the catalog's pointers: the first eight, each as a digest. In other letters it is the same. */
export function destinationsOf(args: JsonValue, catalog: CatalogFact, digest: Digest): readonly string[] {
  const values = pathsOf(catalog).flatMap((steps) => {
    const value = valueAt(args, steps);
    return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  });
  const texts = values.filter((value) => typeof value === "string" || typeof value === "number").map(String);
  return [...new Set(texts.slice(0, most).map((text) => digest(text.normalize("NFKC").trim().toLowerCase())))];
}

function valueAt(value: JsonValue, steps: readonly string[]): JsonValue {
  let at: JsonValue = value;
  for (const step of steps) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return null;
    at = (at as Readonly<Record<string, JsonValue>>)[step] ?? null;
  }
  return at;
}
