import { hash } from "node:crypto";
import { destinationsIn, normalDestination } from "../domain/destination.ts";
import type { CatalogFact } from "../domain/facts.ts";
import type { ToolCall } from "../domain/tool-call.ts";

/** Digest of a text that says nothing to others; another one in every process. */
export type Digest = (text: string) => string;

export function saltedDigest(salt: string): Digest {
  return (text) => hash("sha256", `${salt}\n${text}`, "base64url").slice(0, 16);
}

/** Where the call sends to, each as a digest and once. */
export function destinationsOf(
  call: Pick<ToolCall, "arguments">,
  catalog: CatalogFact,
  digest: Digest,
): readonly string[] {
  return [...new Set(destinationsIn(call, catalog).map((text) => digest(normalDestination(text))))];
}
