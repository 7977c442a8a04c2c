import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Case note → why it cannot pass. */
export type Exceptions = ReadonlyMap<string, string>;

/** @throws Error for an exception without a reason */
export function readExceptions(): Exceptions {
  const file = fileURLToPath(new URL("../rego-exceptions.yaml", import.meta.url));
  const entries = Object.entries((parse(readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>);
  for (const [note, reason] of entries) {
    if (typeof reason !== "string" || reason.trim() === "")
      throw new Error(`rego-exceptions.yaml: ${note} has no reason`);
  }
  return new Map(entries as [string, string][]);
}
