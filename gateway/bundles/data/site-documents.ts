import { z } from "zod";
import type { Location } from "../failure.ts";
import type { SourceFile } from "../sources.ts";
import type { DataDocument } from "./check-data.ts";

/** In METADATA: `#   - data.acme.limits: schema.limits` (https://www.openpolicyagent.org/docs/latest/policy-language/#schemas). */
const BOUND = /^#\s*-\s*data\.([\w.]+):\s*schema\.(\w+)\s*$/gm;

/** The site's own data documents: those that METADATA gives a schema of `schemas/`. */
export function siteDocuments(files: readonly SourceFile[]): {
  readonly documents: readonly DataDocument[];
  readonly problems: readonly Location[];
} {
  const bound = new Map<string, string>();
  for (const { path, bytes } of files) {
    if (!path.endsWith(".rego")) continue;
    for (const [, at = "", schema = ""] of bytes.toString("utf8").matchAll(BOUND))
      bound.set(at, `schemas/${schema}.json`);
  }
  const documents: DataDocument[] = [];
  const problems: Location[] = [];
  for (const [path, file] of bound) {
    const at = path.split(".");
    const source = at[0] === "sallyport" ? undefined : files.find((one) => one.path === file);
    if (source === undefined) continue;
    try {
      documents.push({
        at,
        schema: z.fromJSONSchema(JSON.parse(source.bytes.toString("utf8")) as z.core.JSONSchema.JSONSchema),
      });
    } catch (error) {
      problems.push({
        file,
        line: 1,
        column: 1,
        message: `data.${path} cannot be checked by it: ${(error as Error).message}`,
      });
    }
  }
  return { documents, problems };
}
