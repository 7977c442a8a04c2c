import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { readOpenapi } from "../openapi.ts";

/** Files that the configuration names and that must be there, of the right kind. */
export function checkFiles(draft: Draft): Finding[] {
  return [...policySource(draft), ...openapiDocuments(draft)];
}

function policySource(draft: Draft): Finding[] {
  const source = draft.policy?.source;
  if (source === undefined) return [];
  const folder = typeof source === "string";
  const named = folder ? source : source.archive;
  const path = folder ? ["policy", "source"] : ["policy", "source", "archive"];
  const stats = statSync(resolve(draft.folder, named), { throwIfNoEntry: false });
  if (stats === undefined) return [{ path, at: "value", message: `no such ${folder ? "folder" : "file"}: ${named}` }];
  if (folder && !stats.isDirectory())
    return [{ path, at: "value", message: `${named} is not a folder; a built bundle is { archive: ${named} }` }];
  if (!folder && !stats.isFile()) return [{ path, at: "value", message: `${named} is not a file` }];
  return [];
}

function openapiDocuments(draft: Draft): Finding[] {
  return present(draft.routes).flatMap(({ item, index }) => {
    if (item.openapi === undefined) return [];
    try {
      readOpenapi(draft.folder, item.openapi);
      return [];
    } catch (failure) {
      return [{ path: ["routes", index, "openapi"], at: "value" as const, message: (failure as Error).message }];
    }
  });
}
