import type { CredentialConfig, CredentialPlace } from "../domain/credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";

/** Checked credentials of the file as the other modules know them, by name. */
export function resolveCredentials(
  values: Readonly<Record<string, CredentialValues>>,
  folder: string,
): ReadonlyMap<string, CredentialConfig> {
  return new Map(Object.entries(values).map(([name, one]) => [name, resolveCredential(name, one, folder)]));
}

function resolveCredential(name: string, values: CredentialValues, folder: string): CredentialConfig {
  return {
    provider: values.provider ?? "static",
    name,
    place: placeOf(values, ""),
    reference: absoluteReference(values.value, folder),
  };
}

type PlaceValues = Pick<CredentialValues, "header" | "query" | "body" | "prefix">;

/** @param prefix of the header authorization, where none is configured */
export function placeOf({ header, query, body, prefix }: PlaceValues, authorizationPrefix: string): CredentialPlace {
  if (query !== undefined) return { in: "query", name: query, prefix: prefix ?? "" };
  if (body !== undefined) return { in: "body", pointer: body, prefix: prefix ?? "" };
  const name = (header ?? "authorization").toLowerCase();
  return { in: "header", name, prefix: prefix ?? (name === "authorization" ? authorizationPrefix : "") };
}
