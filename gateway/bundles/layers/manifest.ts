import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { BundleFailure } from "../failure.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** A bundle's .manifest; empty where it has none. @throws BundleFailure for one that is no JSON object */
export function manifestOf(bytes: Buffer | undefined): JsonObject {
  if (bytes === undefined) return {};
  try {
    const value: unknown = parseJson(bytes.toString("utf8"));
    if (isJsonObject(value)) return value;
  } catch {
    // The same error as for JSON that is no object.
  }
  throw new BundleFailure("load", ".manifest is not a JSON object");
}

/** As its author names it; null when none is named. */
export function revisionIn({ revision }: JsonObject): string | null {
  return typeof revision === "string" && revision !== "" ? revision : null;
}
