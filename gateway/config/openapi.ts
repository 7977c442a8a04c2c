import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readYaml } from "../lib/yaml-places.ts";

/**
 * An OpenAPI 3 document, JSON or YAML, as plain values.
 * @throws Error with one sentence that names the file and what is wrong in it
 */
export function readOpenapi(folder: string, named: string): unknown {
  const { faults, values } = readYaml(textOf(folder, named));
  const fault = faults[0];
  if (fault !== undefined) throw new Error(`${named}:${fault.place.line}:${fault.place.column} ${fault.message}`);
  const document = values as { openapi?: unknown; paths?: unknown } | null;
  if (typeof document?.openapi !== "string" || !document.openapi.startsWith("3."))
    throw new Error(`${named} is not an OpenAPI 3 document`);
  if (typeof document.paths !== "object" || document.paths === null) throw new Error(`${named} has no paths`);
  return document;
}

function textOf(folder: string, named: string): string {
  try {
    return readFileSync(resolve(folder, named), "utf8");
  } catch (failure) {
    const missing = (failure as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(missing ? `no such file: ${named}` : `cannot read ${named}`, { cause: failure });
  }
}
